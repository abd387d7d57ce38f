/**
 * Loaded before the tests. It removes the AWS, Terraform and proxy settings of the user who runs them, and this project's own, so that the
 * tests do not depend on them. A test that needs a setting sets it.
 */
for (const name of Object.keys(process.env)) {
  if (/^(AWS|BATCH|CDKTF|TF(?!_PLUGIN_CACHE_DIR)|DEBUG)(_|$)|^(https?|all|no)_proxy$/i.test(name))
    delete process.env[name];
}
process.env.AWS_CONFIG_FILE = '/dev/null';
process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
// Terraform's providers are Go: with a larger heap, they need three quarters of the CPU time.
process.env.GOGC ??= '400';
