/**
 * Loaded before the tests: nothing of the AWS, Terraform or proxy settings of whoever runs them, nor of this project's own,
 * decides what they see. A test that wants some of them sets them.
 */
for (const name of Object.keys(process.env)) {
  if (/^(AWS|BATCH|CDKTF|TF(?!_PLUGIN_CACHE_DIR)|DEBUG)(_|$)|^(https?|all|no)_proxy$/i.test(name))
    delete process.env[name];
}
process.env.AWS_CONFIG_FILE = '/dev/null';
process.env.AWS_SHARED_CREDENTIALS_FILE = '/dev/null';
// Terraform's providers are Go: with a larger heap, they need three quarters of the CPU time.
process.env.GOGC ??= '400';
