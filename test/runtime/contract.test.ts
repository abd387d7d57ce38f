/** The state machine sends and returns what the contract says. */
import { expect } from 'chai';
import batch from '../../asl/process-objects.asl.json';
import workflow from '../../asl/workflow.asl.json';
import type { ExecutionOutput, FleetStatus, Task } from '../../runtime/contract';
import { fleetStatus } from '../../runtime/provisioner/fleet-status';
import { parseTask } from '../../runtime/worker/tasks/parse-task';

/** The fields of a type, all of them: the compiler refuses a list with one too few or too many. */
const fields = <Shape>(names: { [Name in keyof Required<Shape>]: true }) => Object.keys(names);

describe('the contract', () => {
  it('has the output of an execution', () => {
    for (const { Output } of [workflow.States.Summarize, workflow.States.NothingSelected])
      expect(Output).to.have.all.keys(
        fields<ExecutionOutput>({
          worker_count: true,
          fleet: true,
          item_counts: true,
          map_run_arn: true,
          results: true,
          selection: true,
        }),
      );
  });

  it('has the task, which the worker understands', () => {
    const task = fields<Task>({
      bucket: true,
      output_bucket: true,
      objects: true,
      execution: true,
      attempt: true,
      output_prefix: true,
      force: true,
      processor: true,
      parameters: true,
      deaths: true,
    });
    const { Arguments } = batch.ItemProcessor.States['${MapState}Task'];
    expect(Arguments).to.have.all.keys(task);
    expect(() =>
      parseTask(
        JSON.stringify({
          ...Arguments,
          objects: [{ Key: 'a' }],
          attempt: 1,
          force: false,
          output_prefix: 'a/',
          parameters: {},
          deaths: 0,
        }),
      ),
    ).not.to.throw();
  });

  it('has the fleet', () => {
    const pass = { demand: { workers: 0 }, group: { desired: 0, maximum: 1, inService: 0 }, desired: 0 };
    expect(fleetStatus({ action: 'reconcile' }, pass, pass, 0)).to.have.all.keys(
      fields<Omit<FleetStatus, 'ready' | 'next_call_seconds' | 'idle' | 'stuck'>>({
        needed: true,
        desired: true,
        in_service: true,
        running: true,
        reason: true,
      }),
    );
  });
});
