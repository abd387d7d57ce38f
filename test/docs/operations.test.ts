/** docs/operations.md leaves out no error that a person may meet. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import {
  INTERRUPTED_ERROR,
  PERMANENT_ERRORS,
  PROVISIONING_ERRORS,
  STORAGE_ERROR,
  TRANSIENT_ERRORS,
} from '../../runtime/errors';
import { resourceOf, type Synthesized, synthesize } from '../stacks/synthesize';

describe('docs/operations.md', () => {
  const page = readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8');
  let stack: Synthesized;

  before(() => {
    stack = synthesize();
  });
  after(() => stack.remove());

  for (const name of [
    ...PERMANENT_ERRORS,
    ...TRANSIENT_ERRORS,
    STORAGE_ERROR,
    INTERRUPTED_ERROR,
    ...PROVISIONING_ERRORS,
  ]) {
    it(`explains ${name}`, () => {
      expect(page).to.include(`| \`${name}\` |`);
    });
  }

  it('explains every error that the state machine ends with or tells apart', () => {
    const { definition } = resourceOf(stack, 'aws_sfn_state_machine.workflow');
    const named = [...definition.matchAll(/"(?:Error|ErrorEquals)":(?:"(\w[\w.]*)"|\[([^\]]*)\])/g)]
      .flatMap(([, error, errors]) => (error ? [error] : errors.match(/[\w.]+/g)))
      .filter((name) => name !== 'States.ALL');
    expect(named).to.include('InvalidInput').and.include('States.HeartbeatTimeout');
    for (const name of named) expect(page).to.include(`\`${name}\``);
  });
});
