/**
 * The README's first command on the machine of somebody who uses AWS. The local run works with any settings in the home folder and in the
 * environment, and neither uses nor sends them.
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { ROOT } from '../../root';
import { Workplace } from '../support/script';

/** The keys of the AWS documentation: no account has them. */
const KEYS = `aws_access_key_id = AKIAIOSFODNN7EXAMPLE
aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY
aws_session_token = FwoGZXIvYXdzEJr
`;

describe('a local run on the machine of somebody who uses AWS', () => {
  let workplace: Workplace;
  let home: string;
  /** A server at the address in the user's settings: it must get no request. */
  let elsewhere: Server;
  let url: string;
  const asked: string[] = [];

  before(async () => {
    workplace = await Workplace.create();
    elsewhere = createServer((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.writeHead(500).end();
    });
    elsewhere.on('connect', (request, socket) => {
      asked.push(`CONNECT ${request.url}`);
      socket.destroy();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  });
  beforeEach(async () => {
    home = join(workplace.root, `home-${Math.random().toString(36).slice(2)}`);
    await mkdir(join(home, '.aws', 'sso', 'cache'), { recursive: true });
  });
  afterEach(async () => {
    expect(asked, 'what was asked for elsewhere').to.deep.equal([]);
    await workplace.expectNothingLeft();
  });
  after(async () => {
    elsewhere.close();
    await workplace.remove();
  });

  const credentials = (text: string) => writeFile(join(home, '.aws', 'credentials'), text);
  const config = (text: string) => writeFile(join(home, '.aws', 'config'), text);
  /** A program that leaves a trace, in the form of a line of the AWS files. */
  const tracing = () => {
    const program = join(home, 'trace.sh');
    writeFileSync(program, `#!/bin/sh\necho "$0 $PPID" >> ${join(home, 'ran')}\nexit 1\n`, { mode: 0o755 });
    return program;
  };
  const run = async (environment: Record<string, string> = {}) => {
    // The name is its own, so that it does not mean a deployment in this checkout.
    const own = { BATCH_NAME_PREFIX: 'user-settings-test', BATCH_SLOTS_PER_WORKER: '1' };
    const given = { HOME: home, ...own, ...environment };
    const args = ['1', 'data/text/', '--bucket-dir', workplace.bucket, '--force', '--json'];
    const { code, stdout, stderr } = await workplace.run('execute.ts', args, given);
    expect(code, stderr).to.equal(0);
    expect(JSON.parse(stdout)).to.include({ status: 'SUCCEEDED', succeeded: 12, failed: 0 });
    expect(stdout + stderr).to.not.contain('AKIAIOSFODNN7EXAMPLE');
    expect(existsSync(join(home, 'ran')), 'a program of the AWS files ran').to.equal(false);
    return stderr;
  };
  /** For clients that do not find the files by HOME. */
  const files = () => ({
    AWS_CONFIG_FILE: join(home, '.aws', 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, '.aws', 'credentials'),
  });

  it('does not use the keys of a default profile', async () => {
    await credentials(`[default]\n${KEYS}`);
    await config(`[default]\nregion = eu-central-1\nendpoint_url = ${url}\nuse_fips_endpoint = true\n`);
    await run(files());
  });

  it('does not log in by SSO, nor run a credential process', async () => {
    await config(`[default]
sso_session = work
sso_account_id = 123456789012
sso_role_name = Developer
credential_process = ${tracing()}
[sso-session work]
sso_start_url = ${url}/start
sso_region = us-east-1
sso_registration_scopes = sso:account:access
`);
    await run(files());
  });

  it('does not assume a role', async () => {
    await credentials(`[source]\n${KEYS}`);
    await config(`[profile work]
role_arn = arn:aws:iam::123456789012:role/work
source_profile = source
services = elsewhere
[services elsewhere]
sts =
  endpoint_url = ${url}
s3 =
  endpoint_url = ${url}
`);
    await run({ ...files(), AWS_PROFILE: 'work' });
  });

  it('does not follow variables for AWS clients, right or wrong, and uses no proxy', async () => {
    await run({
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'FwoGZXIvYXdzEJr',
      AWS_PROFILE: 'not-there',
      AWS_DEFAULT_PROFILE: 'not-there',
      AWS_REGION: 'eu-west-3',
      AWS_DEFAULT_REGION: 'eu-west-3',
      AWS_ROLE_ARN: 'arn:aws:iam::123456789012:role/web',
      AWS_WEB_IDENTITY_TOKEN_FILE: join(home, 'token'),
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_S3: url,
      AWS_ENDPOINT_URL_SFN: url,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials`,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: url,
      AWS_USE_FIPS_ENDPOINT: 'true',
      AWS_USE_DUALSTACK_ENDPOINT: 'true',
      HTTP_PROXY: url,
      HTTPS_PROXY: url,
      ALL_PROXY: url,
      http_proxy: url,
      https_proxy: url,
      NODE_USE_ENV_PROXY: '1',
    });
  });

  it('does not read broken files, nor variables with nonsense values', async () => {
    await credentials('\u0000[default\n[[[\naws_access_key_id\n= x\n[__proto__]\n');
    await config('[default]\nmax_attempts = many\nretry_mode = never\nuse_fips_endpoint = perhaps\n[profile');
    await run(files());
    const nonsense = Object.fromEntries(sdkVariables().map((name) => [name, 'nonsense']));
    await run({ ...nonsense, AWS_CONFIG_FILE: home, AWS_SHARED_CREDENTIALS_FILE: home });
  });

  it('passes no NODE_OPTIONS and similar variables to the processes that it starts', async () => {
    const trace = join(home, 'trace.cjs');
    const seen = join(home, 'seen.txt');
    await writeFile(
      trace,
      `require('node:fs').appendFileSync(${JSON.stringify(seen)}, process.argv.slice(1).join(' ') + '\\n');\n`,
    );
    // esbuild's own functions would start its program, with all of the user's environment.
    const bundler = join(home, 'bundler');
    await writeFile(bundler, `#!/bin/sh\necho bundler >> ${seen}\nexit 1\n`, { mode: 0o755 });
    await run({
      NODE_OPTIONS: `--require ${trace}`,
      NODE_PATH: home,
      ESBUILD_BINARY_PATH: bundler,
      SYNTH_HCL_OUTPUT: '1',
    });
    // The variable is in the command's own process, and in no other.
    expect(readFileSync(seen, 'utf8').trim().split('\n')).to.satisfy((lines: string[]) =>
      lines.every((line) => line.includes('execute.ts')),
    );
  });
});

/** Every variable that the installed AWS SDK reads to configure a client. */
function sdkVariables(): string[] {
  const modules = ['@smithy/core', '@aws-sdk/core', '@aws-sdk/middleware-sdk-s3', '@aws-sdk/checksums'];
  const names = modules.flatMap((module) => {
    const folder = join(ROOT, 'node_modules', module, 'dist-cjs');
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.js'),
    );
    return files.flatMap((file) => readFileSync(join(folder, file), 'utf8').match(/\bAWS_[A-Z0-9_]+/g) ?? []);
  });
  const found = [...new Set(names)];
  expect(found).to.include.members(['AWS_MAX_ATTEMPTS', 'AWS_USE_FIPS_ENDPOINT', 'AWS_RETRY_MODE']);
  return found;
}
