/** What the README shows is true. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect } from 'chai';
import { ModuleKind, transpileModule } from 'typescript';
import { ROOT } from '../../root';
import { FLEET_METRICS, WORKER_METRICS } from '../../runtime/metrics';
import type { Processor } from '../../runtime/processor';
import { RECONCILE_MINUTES } from '../../stacks/functions/guard';
import { objectOf, process } from '../processors/support/process';
import { apply, resourceOf } from '../stacks/synthesize';
import { failure } from '../support/failure';

const README = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the README', () => {
  it('has an example of a processor that works, in under 20 lines', async () => {
    const [, example = ''] = /```ts\n(.*?)```/s.exec(README) ?? [];
    expect(example.trim().split('\n').length).to.be.below(20);
    const { outputText } = transpileModule(example, { compilerOptions: { module: ModuleKind.CommonJS } });
    const found = {} as { default: Processor };
    const load = (name: string) => require(join(ROOT, 'processors', 'count-lines', name));
    new Function('exports', 'require', outputText)(found, load);
    const text = () => objectOf(Readable.from([Buffer.from('a\n\nc')]));
    const output = await process(found.default, text(), { skip_blank: true });
    expect(output).to.deep.equal({
      body: '{"lines":2}',
      contentType: 'application/json',
      record: { lines: 2 },
    });
    const refused = await failure(process(found.default, { ...text(), contentType: 'image/png' }));
    expect(refused).to.include({ name: 'PermanentError' });
  });

  describe('has costs that', () => {
    const [, costs = ''] = /## What it costs\n(.*?)\n## /s.exec(README) ?? [];
    /** The rows of the nth table: cells without the first and last bar. */
    const rows = (index: number) => {
      const tables = costs.split(/\n\n/).filter((part) => part.startsWith('| what'));
      return (tables[index] ?? '')
        .split('\n')
        .slice(2)
        .map((row) => row.slice(2, -2).split(' | '));
    };
    const dollars = (cell = '') => Math.round(Number(/\$([\d.]+)/.exec(cell)?.[1]) * 100);

    it('add up', () => {
      const run = rows(0);
      const sum = run.slice(0, -1).reduce((total, cells) => total + dollars(cells.at(-1)), 0);
      expect(dollars(run.at(-1)?.at(-1))).to.equal(sum);
      const [transitions = []] = run.filter(([what]) => what?.startsWith('Step Functions'));
      const batched = sum - dollars(transitions.at(-1)) + dollars('$0.10');
      expect(costs).to.include(`costs $${(batched / 100).toFixed(2)} in all`);
    });

    it('are those of the stack', () => {
      const stack = apply();
      const { aws_cloudwatch_metric_alarm: alarms = {}, aws_ecr_lifecycle_policy: images } = stack.resource;
      const count = Object.keys(alarms).length;
      const month = rows(1).map((cells) => cells.join(' | '));
      expect(month[0]).to.equal(
        `alarms, one metric each | ${count} alarms | $0.10 | $${(count / 10).toFixed(2)}`,
      );
      const metrics = Object.keys(FLEET_METRICS).length;
      expect(month[1]).to.include(`| ${metrics} metrics | $0.30 | $${(metrics * 0.3).toFixed(2)}`);
      expect(costs).to.include(`the workers' ${Object.keys(WORKER_METRICS).length} custom metrics`);
      expect(images?.worker?.policy).to.include('"countNumber":10');
      expect(costs).to.include(`${(24 * 60) / RECONCILE_MINUTES} scheduled calls a day of the provisioner`);
      const template = resourceOf(stack, 'aws_launch_template.workers');
      expect(template.instance_type).to.equal('m6i.large');
      expect(template.block_device_mappings[0].ebs).to.include({ volume_size: 30, volume_type: 'gp3' });
      const machine = JSON.parse(resourceOf(stack, 'aws_sfn_state_machine.workflow').definition);
      const { ItemProcessor } = machine.States.ProcessPrefix;
      expect(ItemProcessor.ProcessorConfig.ExecutionType).to.equal('STANDARD');
    });
  });

  it('names files that exist', () => {
    for (const [, file = ''] of README.matchAll(/\]\((?!http)([^)#]+)\)/g)) {
      expect(existsSync(join(ROOT, file)), file).to.equal(true);
    }
  });
});
