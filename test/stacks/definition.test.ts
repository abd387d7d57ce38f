import { expect } from 'chai';
import {
  INTERRUPTED_ERROR,
  PERMANENT_ERRORS,
  PROVISIONING_ERRORS,
  STORAGE_ERROR,
} from '../../runtime/errors';
import { type Arguments, resourceOf, type Synthesized, synthesize } from './synthesize';

interface Validation {
  isValid: boolean;
  errorsText(separator?: string): string;
}
// The package has no type declarations.
const validate = require('asl-validator') as (definition: object) => Validation;

const MAPS = ['ProcessInlineObjects', 'ProcessPrefix', 'ProcessManifest'];

describe('the workflow as synthesized', () => {
  let stack: Synthesized;
  let definition: Arguments;

  before(() => {
    stack = synthesize({
      BATCH_SLOTS_PER_WORKER: '3',
      BATCH_MAX_WORKERS: '42',
      BATCH_TASK_TIMEOUT_SECONDS: '90',
      BATCH_HEARTBEAT_SECONDS: '30',
      BATCH_EXECUTION_TIMEOUT_SECONDS: '7200',
    });
    definition = JSON.parse(resourceOf(stack, 'aws_sfn_state_machine.workflow').definition);
  });
  after(() => stack.remove());

  const taskOf = (map: string): Arguments => definition.States[map].ItemProcessor.States[`${map}Task`];

  it('is valid Amazon States Language', () => {
    // What Terraform puts in stands in the place of the references; the validator checks ARNs.
    const applied = JSON.stringify(definition)
      .replaceAll('${data.aws_partition.current.partition}', 'aws')
      .replaceAll('${aws_sfn_activity.tasks.id}', 'arn:aws:states:us-east-1:123456789012:activity:tasks')
      .replaceAll(/\$\{[^}]*\}/g, 'value');
    const { isValid, errorsText } = validate(JSON.parse(applied));
    expect(isValid, errorsText('\n')).to.equal(true);
  });

  it('leaves no placeholder of asl/ unfilled, and nothing that Terraform would take for a template', () => {
    const text = JSON.stringify(definition);
    expect(text).not.to.match(/\$\{\w+\}/);
    expect(text).not.to.include('%{');
  });

  it('takes limits and timeouts from the configuration', () => {
    expect(definition.TimeoutSeconds).to.equal(7200);
    expect(JSON.stringify(definition.States.ValidateInput)).to.include('$states.input.worker_count > 42');
    for (const map of MAPS) {
      expect(definition.States[map].MaxConcurrency).to.equal('{% $min([$worker_count * 3, 10000]) %}');
      expect(taskOf(map)).to.include({ TimeoutSeconds: 7200, HeartbeatSeconds: 30 });
    }
  });

  it('retries by the names in runtime/errors.ts', () => {
    for (const map of MAPS) {
      const [permanent, interrupted, heartbeat, storage, others] = taskOf(map).Retry;
      expect(permanent).to.deep.include({ ErrorEquals: [...PERMANENT_ERRORS], MaxAttempts: 0 });
      expect(interrupted.ErrorEquals).to.deep.equal([INTERRUPTED_ERROR]);
      expect(interrupted.MaxAttempts).to.equal(99_999_999);
      expect(heartbeat.ErrorEquals).to.deep.equal(['States.HeartbeatTimeout']);
      expect(storage).to.deep.include({ ErrorEquals: [STORAGE_ERROR], MaxAttempts: 10 });
      expect(others).to.deep.include({ ErrorEquals: ['States.ALL'], MaxAttempts: 3 });
    }
    expect(definition.States.Provision.Retry[0]).to.deep.include({
      ErrorEquals: [...PROVISIONING_ERRORS],
      MaxAttempts: 0,
    });
    expect(definition.States.Provision.Catch[0].ErrorEquals).to.deep.equal([...PROVISIONING_ERRORS]);
  });

  it('deprovisions whatever happened after it provisioned', () => {
    for (const state of ['Provision', 'CountObjects', ...MAPS]) {
      expect(definition.States[state].Catch.at(-1)).to.deep.include({
        ErrorEquals: ['States.ALL'],
        Next: 'Deprovision',
      });
    }
  });
});
