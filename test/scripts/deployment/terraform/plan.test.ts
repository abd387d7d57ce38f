import { expect } from 'chai';
import { type Action, changesOf, describeChanges } from '../../../../scripts/deployment/terraform/plan';

const change = (address: string, ...actions: Action[]) => ({
  address,
  mode: 'managed',
  type: address.split('.')[0],
  change: { actions, before: null, after: { name: address } },
});

describe('a plan', () => {
  it('has the changes of managed resources, in the words of the question', () => {
    const json = JSON.stringify({
      resource_changes: [
        change('aws_ecs_cluster.workers', 'create'),
        change('aws_iam_role.worker', 'create'),
        change('aws_lambda_function.provisioner', 'update'),
        change('aws_ecs_task_definition.worker', 'delete', 'create'),
        change('aws_launch_template.workers', 'create', 'delete'),
        change('aws_s3_bucket.data', 'delete'),
        change('aws_sfn_activity.tasks', 'no-op'),
        { ...change('data.aws_vpc.default', 'read'), mode: 'data' },
      ],
    });
    const changes = changesOf(json);
    expect(changes).to.have.length(6);
    expect(changes[0]).to.deep.include({ before: {}, after: { name: 'aws_ecs_cluster.workers' } });
    expect(describeChanges(changes)).to.equal(
      '2 to create; 1 to update; to replace: aws_ecs_task_definition.worker, aws_launch_template.workers; to delete: aws_s3_bucket.data',
    );
  });

  it('says when nothing changes', () => {
    expect(describeChanges(changesOf('{}'))).to.equal('none');
  });
});
