import { expect } from 'chai';
import { readSettings } from '../../../runtime/worker/settings';
import { type Applied, type Arguments, apply, attributesOf, resourceOf } from '../synthesize';

const TASK = 'aws_ecs_task_definition.worker';
const SERVICE = 'aws_ecs_service.workers';
const GROUP = 'aws_autoscaling_group.workers';

const containerOf = (stack: Applied): Arguments => {
  const [container, ...others] = JSON.parse(attributesOf(stack, TASK).container_definitions);
  expect(others).to.deep.equal([]);
  return container;
};
const environmentOf = (stack: Applied): Record<string, string> =>
  Object.fromEntries(containerOf(stack).environment.map(({ name, value }: Arguments) => [name, value]));

describe("the worker's task definition", () => {
  let stack: Applied;
  let container: Arguments;
  before(() => {
    stack = apply();
    container = containerOf(stack);
  });

  it('keeps the container one hop away from the metadata of its instance', () => {
    expect(attributesOf(stack, TASK).network_mode).to.equal('bridge');
  });

  it('gives the code one role, and the agent that starts it another, once both have their rights', () => {
    expect(attributesOf(stack, TASK)).to.include({
      task_role_arn: attributesOf(stack, 'aws_iam_role.worker').arn,
      execution_role_arn: attributesOf(stack, 'aws_iam_role.task_execution').arn,
    });
    expect(resourceOf(stack, TASK).depends_on).to.have.members([
      'aws_iam_role_policy.worker',
      'aws_iam_role_policy.task_execution',
    ]);
  });

  it('runs the bundle from the image of the repository', () => {
    expect(container).to.deep.include({ name: 'worker', command: ['node', 'main.js'], essential: true });
    const { repository_url } = attributesOf(stack, 'aws_ecr_repository.worker');
    expect(container.image).to.match(/:[0-9a-f]{16}$/);
    expect(container.image.replace(/:[0-9a-f]+$/, '')).to.equal(repository_url);
    expect(stack.outputs.worker_image_uri).to.equal(container.image);
    const arm = apply({ BATCH_ARCHITECTURE: 'arm64' });
    expect(arm.outputs.worker_image_uri).not.to.equal(container.image);
  });

  it('reserves as much as every instance type has, and sets no limit above that', () => {
    expect(container).to.include({ cpu: 0, memoryReservation: 256 });
    expect(container).not.to.have.property('memory');
  });

  it('runs without root, write access, new privileges or capabilities, below an init process', () => {
    expect(container).to.deep.include({
      user: '1000:1000',
      readonlyRootFilesystem: true,
      dockerSecurityOptions: ['no-new-privileges'],
      linuxParameters: { initProcessEnabled: true, capabilities: { add: [], drop: ['ALL'] } },
    });
    expect(container).not.to.have.property('privileged');
  });

  it('has one place to write to: /tmp, on a volume that is deleted with the task', () => {
    const [{ name, ...options }, ...others] = attributesOf(stack, TASK).volume;
    expect([options, others]).to.deep.equal([{}, []]);
    expect(container.mountPoints).to.deep.equal([
      { sourceVolume: name, containerPath: '/tmp', readOnly: false },
    ]);
  });

  it('has the configured stop timeout', () => {
    expect(container.stopTimeout).to.equal(110);
    expect(containerOf(apply({ BATCH_STOP_TIMEOUT_SECONDS: '30' })).stopTimeout).to.equal(30);
  });

  it('logs to its group, and does not wait for CloudWatch Logs', () => {
    expect(container.logConfiguration).to.deep.equal({
      logDriver: 'awslogs',
      options: {
        'awslogs-group': attributesOf(stack, 'aws_cloudwatch_log_group.worker').name,
        'awslogs-region': 'us-east-1',
        'awslogs-stream-prefix': 'worker',
        mode: 'non-blocking',
        'max-buffer-size': '25m',
      },
    });
  });

  it('gives the worker an environment that it understands', () => {
    const environment = environmentOf(stack);
    expect(environment).to.include({
      AWS_REGION: 'us-east-1',
      // Stack traces of the bundle name lines of the sources.
      NODE_OPTIONS: '--enable-source-maps',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    });
    expect(environment).not.to.have.property('SLOT_MEMORY_MIB');
    const { slotMemoryMiB, ...settings } = readSettings(environment);
    expect(settings).to.deep.equal({
      activityArn: attributesOf(stack, 'aws_sfn_activity.tasks').id,
      slots: 2,
      objectsInFlight: 24,
      heartbeatIntervalSeconds: 20,
      deadlineSeconds: 300,
      graceSeconds: 82.5,
    });
    expect(slotMemoryMiB).to.be.within(128, 2048);
  });

  it('gives the worker every setting of its own', () => {
    const other = environmentOf(
      apply({
        BATCH_PROCESSOR_ENVIRONMENT: '{"A":"1","SIMULATE_SECONDS":"0.5"}',
        BATCH_SLOTS_PER_WORKER: '8',
        BATCH_SLOT_MEMORY_MIB: '512',
        BATCH_SLOT_OBJECTS_IN_FLIGHT: '4',
        BATCH_OBJECT_TIMEOUT_SECONDS: '100',
        BATCH_HEARTBEAT_SECONDS: '30',
        BATCH_STOP_TIMEOUT_SECONDS: '40',
      }),
    );
    expect(other).to.include({ SIMULATE_SECONDS: '0.5', PROCESSOR_VARIABLES: 'A,SIMULATE_SECONDS' });
    expect(readSettings(other)).to.include({
      slots: 8,
      slotMemoryMiB: 512,
      objectsInFlight: 4,
      heartbeatIntervalSeconds: 10,
      deadlineSeconds: 100,
      graceSeconds: 30,
    });
  });
});

/**
 * If ECS returns a definition that differs from the one that it got, Terraform replaces the task definition, and ECS then every worker. The
 * provider ignores differences in the order of variables and in empty lists of the container itself, and no others:
 * https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ecs/container_definitions.go
 */
describe('a deployment that changes nothing about workers', () => {
  const SETTINGS: Record<string, string>[] = [
    {},
    { BATCH_PROCESSOR_ENVIRONMENT: '{"A":"1","SIMULATE_SECONDS":"0.5"}' },
  ];

  it('sends nothing that ECS leaves out: no null, no empty text, no empty object', () => {
    const isEmpty = (value: unknown): boolean =>
      value === null || value === '' || (JSON.stringify(value) === '{}' && !Array.isArray(value));
    const emptyIn = (value: unknown, path: string): string[] => {
      if (isEmpty(value)) return [path];
      if (typeof value !== 'object') return [];
      return Object.entries(value as object).flatMap(([name, item]) => emptyIn(item, `${path}.${name}`));
    };
    for (const settings of SETTINGS) {
      expect(emptyIn(containerOf(apply(settings)), 'container'), JSON.stringify(settings)).to.deep.equal([]);
    }
  });

  it('sends everything that ECS would add', () => {
    const container = containerOf(apply());
    // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html: ECS stores both lists.
    expect(container.linuxParameters.capabilities).to.have.all.keys('add', 'drop');
    for (const mount of container.mountPoints) expect(mount).to.have.property('readOnly');
  });

  it('has types as ECS stores them', () => {
    const { cpu, memoryReservation, stopTimeout, essential, environment, logConfiguration } = containerOf(
      apply(),
    );
    for (const number of [cpu, memoryReservation, stopTimeout]) expect(number).to.be.a('number');
    expect(essential).to.be.a('boolean');
    const texts = [
      ...environment.map(({ value }: Arguments) => value),
      ...Object.values(logConfiguration.options),
    ];
    for (const text of texts) expect(text).to.be.a('string');
  });

  it('leaves the task definition as it was, byte for byte, with any other change', () => {
    const before = JSON.stringify(resourceOf(apply(), TASK));
    // Running executions know these by name, so a new name would be a new resource.
    const namesOf = (stack: Applied) =>
      [
        'aws_sfn_activity.tasks',
        'aws_sfn_state_machine.workflow',
        GROUP,
        'aws_ecs_cluster.workers',
        SERVICE,
      ].map((address) => resourceOf(stack, address).name);
    const others = {
      BATCH_MAX_WORKERS: '900',
      BATCH_SPOT: 'true',
      BATCH_INSTANCE_TYPES: 'm6i.large,m5.large',
      BATCH_PROCESSOR: 'gzip',
      BATCH_READ_PREFIXES: 'data/',
      BATCH_EXECUTION_TIMEOUT_SECONDS: '3600',
      BATCH_PROVISION_TIMEOUT_SECONDS: '300',
      BATCH_PROVISION_POLL_SECONDS: '5',
      BATCH_LOG_RETENTION_DAYS: '7',
      BATCH_RESULTS_RETENTION_DAYS: '7',
      BATCH_DISK_GIB: '100',
      BATCH_TRACING: 'true',
      BATCH_ASSIGN_PUBLIC_IP: 'false',
      BATCH_ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alarms',
      BATCH_PERMISSIONS_BOUNDARY_ARN: 'arn:aws:iam::123456789012:policy/boundary',
      BATCH_TAGS: '{"team":"data"}',
    };
    const changed = apply(others);
    expect(JSON.stringify(resourceOf(changed, TASK))).to.equal(before);
    expect(namesOf(changed)).to.deep.equal(namesOf(apply()));
  });

  it('ignores the order of variables of processors', () => {
    const variables = (environment: string) =>
      environmentOf(apply({ BATCH_PROCESSOR_ENVIRONMENT: environment }));
    expect(variables('{"SIMULATE_SECONDS":"0.5","A":"1"}')).to.deep.equal(
      variables('{"A":"1","SIMULATE_SECONDS":"0.5"}'),
    );
  });
});

describe("the workers' service", () => {
  let stack: Applied;
  let service: Arguments;
  before(() => {
    stack = apply();
    service = attributesOf(stack, SERVICE);
  });

  it('puts one worker on every instance of the cluster', () => {
    expect(service).to.include({
      name: 'workers',
      cluster: attributesOf(stack, 'aws_ecs_cluster.workers').id,
      task_definition: attributesOf(stack, TASK).arn,
      launch_type: 'EC2',
      scheduling_strategy: 'DAEMON',
    });
    expect(service).not.to.have.any.keys('desired_count', 'capacity_provider_strategy');
  });

  it('replaces a worker by stopping it first, as a DAEMON service must', () => {
    expect(service).to.include({ deployment_maximum_percent: 100, deployment_minimum_healthy_percent: 0 });
  });

  it('stops no worker that works to balance zones', () => {
    expect(service.availability_zone_rebalancing).to.equal('DISABLED');
  });

  it('can be destroyed while its tasks run, and is created after the capacity provider that drains for it', () => {
    expect(service.force_delete).to.equal(true);
    expect(resourceOf(stack, SERVICE).depends_on).to.deep.equal([
      'aws_ecs_cluster_capacity_providers.workers',
    ]);
  });

  it('tags its tasks', () => {
    expect(service).to.include({ enable_ecs_managed_tags: true, propagate_tags: 'SERVICE' });
  });
});
