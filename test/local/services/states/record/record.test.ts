/** The local Step Functions against the answers of AWS. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../../../../root';
import { ACCOUNT, BUCKET, REGION, ROLE, type StatesServer, startServer } from '../server';
import { play, type Target } from './play';
import { readScenarios } from './scenario';

/** Scenarios that the local Step Functions answers differently, and the reasons. docs/local-cloud.md lists them for its users. */
const DIFFERENT: Record<string, string> = {
  'Items is a variable with an object':
    'recorded in 2024 with an inline map; by the Developer Guide a Distributed Map takes the members of an object',
  'the input of a map is an object': 'as above',
};

describe('Step Functions as AWS answers', () => {
  let cloud: StatesServer;
  let target: Target;
  const themes = readScenarios();

  before(async () => {
    cloud = await startServer({
      activityPollSeconds: 1,
      functions: {
        'record-echo': (payload) => payload,
        'record-hello': () => 'HelloWorld!',
        'record-large': () => 'x'.repeat(263_168),
        'record-slow': () => new Promise((resolve) => setTimeout(resolve, 10_000).unref()),
      },
    });
    const functions = ['echo', 'hello', 'large', 'slow'].map((name) => [name, `record-${name}`]);
    target = {
      sfn: cloud.sfn,
      s3: cloud.s3,
      known: {
        'role arn': ROLE,
        region: REGION,
        account: ACCOUNT,
        bucket: BUCKET,
        ...Object.fromEntries(functions),
      },
      interval: 20,
      patience: 400_000,
    };
  });
  after(() => cloud.close());

  for (const [theme, scenarios] of themes) {
    describe(theme, () => {
      for (const scenario of scenarios) {
        const { name } = scenario;
        const why = DIFFERENT[name];
        it(why ? `not ${name}: ${why}` : name, async () => {
          const played = await play(scenario, target);
          if (why) expect(played, 'it is as recorded now').not.to.deep.equal(scenario);
          else expect(played).to.deep.equal(scenario);
        });
      }
    });
  }

  it('in scenarios without a recording that the checklist for AWS names', () => {
    const checklist = readFileSync(join(ROOT, 'docs', 'aws-checklist.md'), 'utf8');
    const unrecorded = [...themes.values()].flat().filter(({ recorded }) => recorded === undefined);
    for (const { name } of unrecorded) expect(checklist).to.contain(`\`${name}\``);
  });

  it('in scenarios that each have a name, also those that differ', () => {
    const names = [...themes.values()].flat().map(({ name }) => name);
    expect(names).to.deep.equal([...new Set(names)]);
    expect(names).to.include.members(Object.keys(DIFFERENT));
  });
});
