/** Environment of Node.js wherever runtime/ runs. */
export const NODE_ENVIRONMENT = {
  /** Stack traces name lines of runtime/, not columns of a minified bundle. */
  NODE_OPTIONS: '--enable-source-maps',
  /** The local cloud may run the same bundle on Node 20, and the AWS SDK would warn about that at every start. */
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};
