/** Input that breaks an operation's schema, over HTTP, with each service's messages. */
import { expect } from 'chai';
import type { LocalCloud } from '../../../local/cloud';
import { send } from '../fuzz/send';
import { bootFixture } from '../support/fixture-stack';

describe('input that an operation does not accept', () => {
  let cloud: LocalCloud;
  before(async () => {
    cloud = await bootFixture();
  });
  after(() => cloud?.close());

  const refusal = async (
    service: string,
    headers: Record<string, string>,
    body: string | Buffer,
    path = '/',
  ) => {
    const request = { service, method: 'POST', path, headers, body: Buffer.from(body) };
    const answered = await send(cloud, request);
    const message = /"message":"((?:[^"\\]|\\.)*)"|<Message>(.*)<\/Message>/.exec(answered?.body ?? '');
    const shown = (message?.[1] ?? message?.[2])?.replaceAll('\\\\', '\\').replaceAll('&apos;', "'");
    return [answered?.status, answered?.code, shown];
  };
  const json = (service: string, action: string, body: string | Buffer) =>
    refusal(service, { 'x-amz-target': `X.${action}`, 'content-type': 'application/x-amz-json-1.1' }, body);
  const form = (service: string, body: string) =>
    refusal(service, { 'content-type': 'application/x-www-form-urlencoded' }, body);

  const serialization = (message: string) => [400, 'SerializationException', message];
  const noObject = serialization('The body of the request is not a JSON object.');

  it('is refused if it is not a JSON object', async () => {
    const invalid = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    for (const body of [
      'null',
      '[]',
      '"x"',
      '{',
      '{"a":1',
      invalid,
      `{"x":${'['.repeat(1_001)}${']'.repeat(1_001)}}`,
    ]) {
      expect(await json('states', 'ListStateMachines', body)).to.deep.equal(noObject);
    }
    const deep = `{"x":${'['.repeat(900)}${']'.repeat(900)}}`;
    expect(await json('states', 'ListStateMachines', deep)).to.deep.equal([200, undefined, undefined]);
  });

  it('is refused if a member has another type', async () => {
    const start = (member: string) => json('states', 'StartExecution', `{"stateMachineArn":${member}}`);
    expect(await start('1')).to.deep.equal(serialization('NUMBER_VALUE can not be converted to a String'));
    expect(await start('true')).to.deep.equal(serialization('TRUE_VALUE can not be converted to a String'));
    expect(await start('[]')).to.deep.equal(serialization('Start of list found where not expected'));
    expect(await start('{}')).to.deep.equal(
      serialization('Start of structure or map found where not expected'),
    );
    expect(await json('ecs', 'DescribeTasks', '{"tasks":"x"}')).to.deep.equal(
      serialization('Expected list or null'),
    );
    expect(await json('ecs', 'ListTasks', '{"maxResults":"x"}')).to.deep.equal(
      serialization('STRING_VALUE can not be converted to a Number'),
    );
  });

  it('is refused if it breaks a constraint, by the name of the member', async () => {
    const breaks = (code: string, ...constraints: string[]) => [
      400,
      code,
      `${constraints.length} validation error${constraints.length > 1 ? 's' : ''} detected: ${constraints.join('; ')}`,
    ];
    expect(await json('states', 'StartExecution', '{"stateMachineArn":null,"name":""}')).to.deep.equal(
      breaks(
        'ValidationException',
        "Value null at 'stateMachineArn' failed to satisfy constraint: Member must not be null",
        "Value '' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
      ),
    );
    expect(await json('ecs', 'ListTasks', '{"desiredStatus":"GONE","maxResults":101}')).to.deep.equal(
      breaks(
        'InvalidParameterException',
        "Value 'GONE' at 'desiredStatus' failed to satisfy constraint: Member must satisfy enum value set: [RUNNING, PENDING, STOPPED]",
        "Value '101' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 100",
      ),
    );
    expect(await json('logs', 'FilterLogEvents', '{"logGroupName":"a b"}')).to.deep.equal(
      breaks(
        'InvalidParameterException',
        "Value 'a b' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: /^[\\w.\\-/#]+$/",
      ),
    );
    expect(await json('events', 'ListTargetsByRule', '{}')).to.deep.equal(
      breaks(
        'ValidationException',
        "Value null at 'rule' failed to satisfy constraint: Member must not be null",
      ),
    );
    expect(await form('autoscaling', 'Action=SetDesiredCapacity&AutoScalingGroupName=group')).to.deep.equal(
      breaks(
        'ValidationError',
        "Value null at 'desiredCapacity' failed to satisfy constraint: Member must not be null",
      ),
    );
    const [, code] = await form(
      'autoscaling',
      'Action=SetDesiredCapacity&AutoScalingGroupName=group&DesiredCapacity=NaN',
    );
    expect(code).to.equal('ValidationError');
    const invoke = (name: string) => refusal('lambda', {}, '{}', `/2015-03-31/functions/${name}/invocations`);
    expect((await invoke('%zz')).slice(0, 2)).to.deep.equal([400, 'InvalidParameterValueException']);
    expect((await invoke('a%20b')).slice(0, 2)).to.deep.equal([400, 'ValidationException']);
  });

  it("is refused with an operation's own errors", async () => {
    const arn = 'arn:aws:states:eu-west-1:000000000000:activity:a';
    expect(await json('states', 'StartExecution', `{"stateMachineArn":"${arn}"}`)).to.deep.equal([
      400,
      'InvalidArn',
      "Invalid Arn: 'Resource type not valid in this context: activity'",
    ]);
    expect(await json('states', 'CreateActivity', '{"name":"a b"}')).to.deep.equal([
      400,
      'InvalidName',
      "Invalid Name: 'a b'",
    ]);
    expect(await json('ecs', 'DescribeTasks', '{"tasks":[]}')).to.deep.equal([
      400,
      'InvalidParameterException',
      'Tasks cannot be empty.',
    ]);
    const tasks = JSON.stringify({ tasks: Array.from({ length: 101 }, () => 1) });
    expect(await json('ecs', 'DescribeTasks', tasks)).to.deep.equal([
      400,
      'InvalidParameterException',
      'Tasks cannot exceed 100 elements.',
    ]);
  });

  it('is not a member of a prototype, in JSON or in a form', async () => {
    const proto = '{"__proto__":{"name":"inherited"}}';
    expect((await json('states', 'CreateActivity', proto))[1]).to.equal('ValidationException');
    for (const name of ['__proto__', 'constructor']) {
      for (const parameter of [name, `${name}.member.1`]) {
        const body = `Action=DescribeAutoScalingGroups&${parameter}=x`;
        expect((await form('autoscaling', body))[0]).to.equal(200);
      }
    }
  });

  it('is reported only to clients with credentials', async () => {
    const stranger = { ...cloud, credentials: { ...cloud.credentials, secretAccessKey: 'guessed' } };
    const headers = { 'x-amz-target': 'X.StartExecution' };
    const request = { service: 'states', method: 'POST', path: '/', headers, body: Buffer.from('null') };
    expect((await send(stranger, request))?.code).to.equal('InvalidSignatureException');
  });
});
