import { expect } from 'chai';
import { parseTask } from '../../../../runtime/worker/tasks/parse-task';
import { taskOf } from '../../support/task-cloud';

describe('a task', () => {
  const task = taskOf('a', 'b');

  it('is the input of the activity', () => {
    expect(parseTask(JSON.stringify(task))).to.deep.equal(task);
  });

  it('has its outputs in the bucket that it names for outputs, or in that of the objects', () => {
    const bucketOf = (output_bucket?: string) =>
      parseTask(JSON.stringify({ ...task, output_bucket })).output_bucket;
    expect(bucketOf('theirs')).to.equal('theirs');
    expect(bucketOf()).to.equal(task.bucket);
  });

  it('may have fields that this worker does not know', () => {
    expect(parseTask(JSON.stringify({ ...task, later: 1 }))).to.deep.equal(task);
  });

  const wrong: [string, object, RegExp][] = [
    ['no bucket', { bucket: '' }, /^bucket: /],
    ['no objects', { objects: [] }, /^objects: /],
    ['an object without a key', { objects: [{ Key: 'a' }, { Key: '' }] }, /^objects\.1\.Key: /],
    ['an execution that is not a text', { execution: 1 }, /^execution: /],
    ['an attempt before the first', { attempt: 0 }, /^attempt: /],
    ['half an attempt', { attempt: 1.5 }, /^attempt: /],
    [
      'an output prefix that is not a folder',
      { output_prefix: 'processed' },
      /^output_prefix: must end with \/$/,
    ],
    ['a slash in the middle of the output prefix only', { output_prefix: 'a/b' }, /^output_prefix: /],
    ['no word on force', { force: undefined }, /^force: /],
    ['two faults', { bucket: 1, force: 1 }, /^bucket: [^;]+; force: [^;]+$/],
  ];
  for (const [what, change, message] of wrong) {
    it(`is refused, and says so: ${what}`, () => {
      expect(() => parseTask(JSON.stringify({ ...task, ...change }))).to.throw(message);
    });
  }

  it('is refused if it is not JSON', () => {
    expect(() => parseTask('{')).to.throw(SyntaxError);
  });
});
