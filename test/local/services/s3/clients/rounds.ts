/** The steps of each client, in its own commands. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { commandOnPath } from '../../../../support/tools';

export interface Step {
  /** Arguments of the program, in a folder that has `in/`. */
  run: string[];
  env?: Record<string, string>;
  prints?: RegExp;
  /** The content at the URL that it prints. */
  fetches?: string;
  /** Files in the folder after the step, by their paths, with their content: `big` is that of `in/big.bin`; undefined means no file. */
  leaves?: Record<string, string | undefined>;
}

interface Access {
  bucket: string;
  endpoint: string;
  /** Variables of the AWS clients. */
  access: Record<string, string>;
}

interface Client {
  name: string;
  /** The program and its other needs, by the text that is printed if one is missing. */
  needs(): Record<string, string | undefined>;
  round(access: Access): Step[];
}

const ODD = 'sub dir/ü +%&~(1).txt';
const MOVED = { 'bucket/data/big.bin': undefined, 'bucket/moved.bin': 'big' };
const ALL = { 'out/a.txt': 'hello', 'out/big.bin': 'big', [`out/${ODD}`]: 'odd' };

function awsCli({ bucket, endpoint }: Access): Step[] {
  const s3 = `s3://${bucket}`;
  const range = ['--bucket', bucket, '--key', 'data/a.txt', '--range', 'bytes=1-3'];
  const steps: Step[] = [
    { run: ['s3', 'mb', s3], prints: /make_bucket: bucket/ },
    { run: ['s3', 'cp', 'in', `${s3}/data`, '--recursive', '--only-show-errors'] },
    { run: ['s3', 'ls', `${s3}/data/`], prints: /PRE sub dir\/\n.* 5 a\.txt\n.* 9437184 big\.bin\n$/ },
    { run: ['s3', 'sync', `${s3}/data`, 'out', '--only-show-errors'], leaves: ALL },
    // A copy in parts; version 2 reads the tags of the source first.
    { run: ['s3', 'mv', `${s3}/data/big.bin`, `${s3}/moved.bin`, '--only-show-errors'], leaves: MOVED },
    { run: ['s3', 'presign', `${s3}/data/a.txt`], fetches: 'hello' },
    { run: ['s3api', 'get-object', ...range, 'part'], leaves: { part: 'ell' } },
    { run: ['s3', 'rm', `${s3}/`, '--recursive', '--only-show-errors'] },
  ];
  const env = { AWS_PAGER: '' };
  return steps.map((step) => ({ ...step, env, run: [...step.run, '--endpoint-url', endpoint] }));
}

/** The steps of version 2, which differ since each of them takes long. */
const copiesOfAwsCli = (access: Access) =>
  awsCli(access).filter(({ run: [, command = ''] }) => /^(cp|mv|rm)$/.test(command));

function rclone({ bucket, endpoint, access }: Access): Step[] {
  const env = {
    RCLONE_CONFIG: join('/', 'dev', 'null'),
    RCLONE_CONFIG_S3_TYPE: 's3',
    RCLONE_CONFIG_S3_PROVIDER: 'Other',
    RCLONE_CONFIG_S3_ENV_AUTH: 'true',
    RCLONE_CONFIG_S3_REGION: access.AWS_REGION ?? '',
    RCLONE_CONFIG_S3_ENDPOINT: endpoint,
    RCLONE_CONFIG_S3_FORCE_PATH_STYLE: 'true',
    RCLONE_S3_UPLOAD_CUTOFF: '5Mi',
    RCLONE_S3_CHUNK_SIZE: '5Mi',
    RCLONE_S3_COPY_CUTOFF: '8Mi',
  };
  const s3 = `s3:${bucket}`;
  const steps: Step[] = [
    { run: ['mkdir', s3] },
    { run: ['lsd', 's3:'], prints: / bucket\n$/ },
    { run: ['copy', 'in', `${s3}/data`], leaves: { 'bucket/data/big.bin': 'big' } },
    { run: ['check', 'in', `${s3}/data`] },
    {
      run: ['lsf', '--recursive', s3],
      prints: /data\/sub dir\/ü \+%&~\(1\)\.txt\n/,
    },
    { run: ['sync', `${s3}/data`, 'out'], leaves: ALL },
    {
      run: ['moveto', `${s3}/data/big.bin`, `${s3}/moved.bin`],
      leaves: MOVED,
    },
    { run: ['cat', '--offset', '1', '--count', '3', `${s3}/data/a.txt`], prints: /^ell$/ },
    { run: ['link', `${s3}/data/a.txt`], fetches: 'hello' },
    { run: ['backend', 'list-multipart-uploads', s3], prints: /"bucket": (\[\]|null)/ },
    { run: ['delete', s3] },
  ];
  return steps.map((step) => ({ ...step, env }));
}

function s3cmd({ bucket, endpoint, access }: Access): Step[] {
  const { host } = new URL(endpoint);
  const { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, AWS_REGION: region } = access;
  const options = [
    ...['--config=/dev/null', '--no-ssl', `--host=${host}`, `--host-bucket=${host}`, `--region=${region}`],
    ...[`--access_key=${key}`, `--secret_key=${secret}`, '--no-progress', '--multipart-chunk-size-mb=5'],
  ];
  const s3 = `s3://${bucket}`;
  const steps: Step[] = [
    { run: ['mb', s3], prints: /Bucket 's3:\/\/bucket\/' created/ },
    { run: ['sync', 'in/', `${s3}/data/`], leaves: { 'bucket/data/big.bin': 'big' } },
    {
      run: ['ls', `${s3}/data/`],
      prints: /DIR +s3:\/\/bucket\/data\/sub dir\/\n.* 5 +s3:\/\/bucket\/data\/a\.txt\n/,
    },
    { run: ['info', `${s3}/data/a.txt`], prints: /File size: 5[\s\S]*ACL:/ },
    { run: ['info', s3], prints: /Location: +us-east-1/ },
    { run: ['sync', `${s3}/data/`, 'out/'], leaves: ALL },
    {
      run: ['mv', `${s3}/data/big.bin`, `${s3}/moved.bin`],
      leaves: MOVED,
    },
    { run: ['signurl', `${s3}/data/a.txt`, '+600'], fetches: 'hello' },
    { run: ['multipart', s3], prints: /Initiated\s+Path\s+Id/ },
    { run: ['del', '--recursive', '--force', s3] },
  ];
  return steps.map((step) => ({ ...step, run: [...options, ...step.run] }));
}

/** The path of the Python on PATH, or of Debian's, that has boto3. */
function pythonWithBoto3(): string | undefined {
  const pythons = ['python3', '/usr/bin/python3'];
  return pythons.find((each) => spawnSync(each, ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0);
}

const boto3 =
  (script: string) =>
  ({ bucket }: Access): Step[] => [{ run: [join(__dirname, script), bucket], prints: /^done\n$/ }];

/** Debian's is version 2, pip's version 1. */
const awsCliIs = (version: string) => (path: string | undefined) =>
  path && spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.startsWith(`aws-cli/${version}.`);

const aws = (version: string) => ({
  [`the AWS CLI ${version}`]: [commandOnPath('aws'), '/usr/bin/aws'].find(awsCliIs(version)),
});

export const CLIENTS: Client[] = [
  { name: 'the AWS CLI 1', needs: () => aws('1'), round: awsCli },
  { name: 'the AWS CLI 2', needs: () => aws('2'), round: copiesOfAwsCli },
  { name: "boto3's client", needs: () => ({ boto3: pythonWithBoto3() }), round: boto3('boto3-client.py') },
  {
    name: "boto3's resource",
    needs: () => ({ boto3: pythonWithBoto3() }),
    round: boto3('boto3-resource.py'),
  },
  { name: 'rclone', needs: () => ({ rclone: commandOnPath('rclone') }), round: rclone },
  { name: 's3cmd', needs: () => ({ s3cmd: commandOnPath('s3cmd') }), round: s3cmd },
];
