import { expect } from 'chai';
import { readSecrets } from '../../../../local/services/ecs/secrets';

const SECRET = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:api-AbC123';
const PARAMETER = 'arn:aws:ssm:us-east-1:123456789012:parameter/a/b';
const ROLE = 'arn:aws:iam::000000000000:role/execution';
const FAILED =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: ';

describe('the secrets of a container', () => {
  const container = (secrets: Record<string, string>) => ({
    name: 'c',
    image: 'i',
    secrets: Object.entries(secrets).map(([name, valueFrom]) => ({ name, valueFrom })),
  });
  const asked: string[] = [];
  const read = (secrets: Record<string, string>, values: Record<string, string>, denied: string[] = []) =>
    readSecrets(container(secrets), ROLE, {
      account: '000000000000',
      partition: 'aws',
      values,
      policies: {
        denial({ roleName }, { action, resources }) {
          asked.push(`${roleName} ${action} ${resources}`);
          return denied.includes(action) ? 'User: x is not authorized' : undefined;
        },
      },
    });

  it('are read with the execution role, by the ARN alone', () => {
    const secrets = { A: `${SECRET}:key::`, B: PARAMETER };
    expect(read(secrets, { A: 'a', B: 'b', C: 'c' })).to.deep.equal({ A: 'a', B: 'b' });
    expect(asked).to.deep.equal([
      `execution secretsmanager:GetSecretValue ${SECRET}`,
      `execution ssm:GetParameters ${PARAMETER}`,
    ]);
  });

  it('keep the container from starting if the role may not read one, or if one does not exist', () => {
    expect(() => read({ A: `${SECRET}:key::` }, { A: 'a' }, ['secretsmanager:GetSecretValue'])).to.throw(
      `${FAILED}unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${SECRET} from secrets manager: AccessDeniedException: User: x is not authorized`,
    );
    expect(() => read({ A: SECRET }, {})).to.throw(
      `failed to fetch secret ${SECRET} from secrets manager: ResourceNotFoundException: `,
    );
    expect(() => read({ B: PARAMETER }, { A: 'a' })).to.throw(
      `${FAILED}unable to retrieve secrets from ssm: service call has been retried 1 time(s): invalid parameters: /a/b`,
    );
  });

  it('are none if the definition has none', () => {
    expect(readSecrets({ name: 'c', image: 'i' }, undefined, {} as never)).to.deep.equal({});
  });
});
