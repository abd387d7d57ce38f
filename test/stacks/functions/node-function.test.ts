/** The common settings of the functions of the stack. */
import { expect } from 'chai';
import { apply, attributesOf, EVERYTHING, resourceOf } from '../synthesize';

for (const name of ['provisioner', 'selector', 'notifier']) {
  describe(`the function ${name}`, () => {
    const address = `aws_lambda_function.${name}`;
    const stack = () => apply(EVERYTHING);
    const lambda = () => attributesOf(stack(), address);

    it('runs the bundle on the runtime for which it is built', () => {
      expect(lambda()).to.deep.include({ runtime: 'nodejs22.x', handler: 'index.handler' });
      // The cheaper architecture; the bundle is JavaScript.
      expect(lambda().architectures).to.deep.equal(['arm64']);
      expect(lambda().source_code_hash).to.match(/^[A-Za-z0-9+/]{43}=$/);
      expect(lambda().filename).to.match(/\.zip$/);
      expect(lambda().environment.variables).to.include({
        NODE_OPTIONS: '--enable-source-maps',
        AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
      });
    });

    it('reserves no part of the account’s concurrency: a new account has 10', () => {
      expect(lambda()).not.to.have.property('reserved_concurrent_executions');
    });

    it('runs as its role, once that has its rights', () => {
      expect(lambda().role).to.equal(attributesOf(stack(), `aws_iam_role.${name}`).arn);
      expect(resourceOf(stack(), address).depends_on).to.deep.equal([`aws_iam_role_policy.${name}`]);
    });

    it('logs its own JSON lines to its group', () => {
      expect(lambda().logging_config).to.deep.equal({
        // Lambda's own JSON would wrap the lines in another object.
        log_format: 'Text',
        log_group: attributesOf(stack(), `aws_cloudwatch_log_group.${name}`).name,
      });
    });

    it('is traced only if that is configured', () => {
      const traced = apply({ ...EVERYTHING, BATCH_TRACING: 'true' });
      const untraced = apply({ ...EVERYTHING, BATCH_TRACING: 'false' });
      expect(attributesOf(untraced, address).tracing_config).to.deep.equal({ mode: 'PassThrough' });
      expect(attributesOf(traced, address).tracing_config).to.deep.equal({ mode: 'Active' });
    });
  });
}
