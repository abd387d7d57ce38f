import { expect } from 'chai';
import { loadConfig } from '../../../stacks/settings/config';
import { type DefinitionResources, workflowDefinition } from '../../../stacks/workflow/definition';
import { type Applied, type Arguments, apply, attributesOf, resourceOf } from '../synthesize';

const ADDRESS = 'aws_sfn_state_machine.workflow';
const MAPS = ['ProcessInlineObjects', 'ProcessPrefix', 'ProcessManifest'];

describe('the state machine', () => {
  let stack: Applied;
  let machine: Arguments;
  let definition: Arguments;
  before(() => {
    stack = apply();
    machine = attributesOf(stack, ADDRESS);
    definition = JSON.parse(machine.definition);
  });

  it('has a definition without remaining placeholders', () => {
    expect(machine.definition).not.to.include('${');
    // The start of a template directive of Terraform.
    expect(resourceOf(stack, ADDRESS).definition).not.to.include('%{');
  });

  it('names the resources of its own stack', () => {
    const task = (map: string) => definition.States[map].ItemProcessor.States[`${map}Task`];
    const { bucket } = attributesOf(stack, 'aws_s3_bucket.data');
    for (const map of MAPS) {
      expect(task(map).Resource).to.equal(attributesOf(stack, 'aws_sfn_activity.tasks').id);
      expect(definition.States[map].ResultWriter.Arguments.Bucket).to.equal(bucket);
      expect(definition.States[map].ResultWriter.Resource).to.match(/^arn:aws:states:::/);
      expect(definition.States[map].ItemBatcher.BatchInput).to.include({ output_bucket: bucket });
    }
    for (const state of ['Provision', 'Deprovision']) {
      expect(definition.States[state].Arguments.FunctionName).to.equal(
        attributesOf(stack, 'aws_lambda_function.provisioner').arn,
      );
    }
    expect(definition.States.Select.Arguments.FunctionName).to.equal(
      attributesOf(stack, 'aws_lambda_function.selector').arn,
    );
    for (const map of ['ProcessPrefix', 'ProcessManifest']) {
      expect(definition.States[map].ItemReader.Arguments.Bucket).to.equal(bucket);
    }
    const problem = JSON.stringify(definition.States.ValidateInput);
    expect(problem).to.include(`this deployment reads ${bucket};`);
    const existing = resourceOf(apply({ BATCH_BUCKET: 'my-data' }), ADDRESS).definition;
    expect(existing).to.include('"Bucket":"${data.aws_s3_bucket.data.bucket}"').and.not.include('my-data');
    const written = ['processed/', 'results/', 'manifests/'].map((prefix) => `'${prefix}'`).join(', ');
    expect(JSON.stringify(definition.States.ValidateInput)).to.include(`[${written}, `);
  });

  it('takes limits and timeouts from the settings', () => {
    const configured = JSON.parse(
      attributesOf(
        apply({
          BATCH_SLOTS_PER_WORKER: '3',
          BATCH_MAX_WORKERS: '42',
          BATCH_HEARTBEAT_SECONDS: '30',
          BATCH_EXECUTION_TIMEOUT_SECONDS: '7200',
        }),
        ADDRESS,
      ).definition,
    );
    expect(configured.TimeoutSeconds).to.equal(7200);
    expect(JSON.stringify(configured.States.ValidateInput)).to.include('$states.input.worker_count > 42');
    for (const map of MAPS) {
      const state = configured.States[map];
      expect(state.MaxConcurrency).to.include('$worker_count * 3 * 2,');
      expect(state.ItemProcessor.States[`${map}Task`]).to.include({
        TimeoutSeconds: 7200,
        HeartbeatSeconds: 30,
      });
    }
  });

  it('is a standard one, since express ones end after five minutes', () => {
    expect(machine.type).to.equal('STANDARD');
  });

  it('runs as its role, once that has its rights', () => {
    expect(machine.role_arn).to.equal(attributesOf(stack, 'aws_iam_role.workflow').arn);
    expect(resourceOf(stack, ADDRESS).depends_on).to.deep.equal(['aws_iam_role_policy.workflow']);
  });

  it('logs failures, and no keys of objects, which can be personal data', () => {
    const logs = attributesOf(stack, 'aws_cloudwatch_log_group.workflow');
    // Log groups with this prefix take no space in the account's CloudWatch Logs resource policy, which has a size limit.
    expect(logs.name).to.equal('/aws/vendedlogs/states/batch-processor');
    expect(machine.logging_configuration).to.deep.equal({
      level: 'ERROR',
      include_execution_data: false,
      log_destination: `${logs.arn}:*`,
    });
  });

  it('is traced only if that is configured', () => {
    expect(machine.tracing_configuration).to.deep.equal({ enabled: false });
    const traced = attributesOf(apply({ BATCH_TRACING: 'true' }), ADDRESS);
    expect(traced.tracing_configuration).to.deep.equal({ enabled: true });
  });
});

describe('the definition', () => {
  it('refuses a placeholder that is neither a resource nor a setting', () => {
    const config = loadConfig({ environment: {}, context: {} });
    expect(() => workflowDefinition({} as DefinitionResources, config)).to.throw(
      /^asl\/ names \$\{\w+\}, which is neither a resource nor a setting that is set$/,
    );
  });
});
