# The worker's image. `npm run push` makes its build context (bundles/image.ts), of three folders: system/ and packages/, from which
# Debian's, Python's and npm's packages are installed, and worker/, the bundle that the local cloud runs, too.

FROM node:22-slim AS system
WORKDIR /worker
COPY system ./
RUN sh bundles/install/debian.sh

# Installed on the image's own platform. Compilers stay in this stage.
FROM system AS packages
COPY packages ./
RUN sh bundles/install/debian.sh compilers
RUN sh bundles/install/npm.sh
RUN sh bundles/install/processors.sh && rm -rf processors/wheels

FROM system
# The root file system is read-only: what programs want to keep in a home folder goes to /tmp.
ENV NODE_ENV=production
ENV HOME=/tmp
COPY --from=packages /worker/node_modules node_modules
COPY --from=packages /worker/processors processors
COPY worker ./
# What is mounted here starts with this folder's owner and mode.
VOLUME /tmp
USER 1000:1000
CMD ["node", "main.js"]
