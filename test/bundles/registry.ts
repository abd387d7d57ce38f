/** An npm registry of packages made up for a test. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MadeUpPackage {
  /** package.json, with name and version. */
  manifest: { name: string; version: string; scripts?: Record<string, string> };
  /** Contents of its other files, by path. */
  files: Record<string, string>;
}

/** A package whose install script makes its exports. */
export const BUILT: MadeUpPackage & { manifest: { main: string } } = {
  manifest: {
    name: '@made-up/built',
    version: '1.0.0',
    main: 'built.js',
    scripts: { install: 'node build.js' },
  },
  files: {
    'build.js': `require('node:fs').writeFileSync('built.js', "module.exports = 'built when it was installed';");`,
  },
};

export class Registry {
  private constructor(private readonly server: Server) {}

  static async start(packages: MadeUpPackage[]): Promise<Registry> {
    const tarballs = new Map(packages.map((one) => [one.manifest.name, pack(one)]));
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '').slice(1);
      const name = path.replace(/\.tgz$/, '');
      const found = packages.find(({ manifest }) => manifest.name === name);
      const tarball = tarballs.get(name);
      if (!found || !tarball) response.writeHead(404).end();
      else if (path === name) {
        const { manifest } = found;
        const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
        const dist = { tarball: `http://${request.headers.host}/${name}.tgz`, integrity };
        const version = { ...manifest, dist, hasInstallScript: Boolean(manifest.scripts?.install) };
        response.setHeader('Content-Type', 'application/json');
        response.end(
          JSON.stringify({
            name,
            'dist-tags': { latest: manifest.version },
            versions: { [manifest.version]: version },
          }),
        );
      } else response.end(tarball);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new Registry(server);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

function pack({ manifest, files }: MadeUpPackage): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'package-'));
  try {
    const all = { ...files, 'package.json': JSON.stringify(manifest) };
    for (const [path, text] of Object.entries(all)) writeFileSync(join(folder, path), text);
    const [packed] = JSON.parse(
      execFileSync('npm', ['pack', '--json', '--ignore-scripts'], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    );
    return readFileSync(join(folder, packed.filename));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
