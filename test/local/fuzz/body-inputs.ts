/** Bodies that are almost right, for services of each protocol: JSON, XML, forms, chunks. */
import fc from 'fast-check';
import { anyJson, brokenBodies, type OddBody, oddChunks, oddForm, oddJson, oddXml } from './bodies';
import type { Input, Target } from './input';
import { type SignedRequest, send } from './send';

/** Members that several operations of a service share. */
const STATES = {
  name: 'fuzz',
  stateMachineArn: 'arn:aws:states:eu-west-1:000000000000:stateMachine:fuzz',
  input: '{}',
};
const DELETE =
  '<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Object><Key>none</Key></Object><Quiet>false</Quiet></Delete>';
const COMPLETE =
  '<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>none</ETag></Part></CompleteMultipartUpload>';

interface Kind {
  request: Omit<SignedRequest, 'body'>;
  bodies: fc.Arbitrary<OddBody>;
}

function kinds({ bucket }: Target): Kind[] {
  const json = [
    'StartExecution',
    'CreateStateMachine',
    'DescribeExecution',
    'ListExecutions',
    'SendTaskSuccess',
    'CreateActivity',
  ].map((operation) => ({
    request: {
      service: 'states',
      method: 'POST',
      path: '/',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `AWSStepFunctions.${operation}`,
      },
    },
    bodies: fc.oneof(brokenBodies(JSON.stringify(STATES), oddJson(STATES)), anyJson(Object.keys(STATES))),
  }));
  const form = { AutoScalingGroupName: 'group', DesiredCapacity: '0' };
  const formBodies = oddForm('SetDesiredCapacity', form, Object.keys(form));
  const xml = (query: Record<string, string>, document: string): Kind => ({
    request: {
      service: 's3',
      method: 'POST',
      path: query.uploadId ? `/${bucket}/fuzz/object` : `/${bucket}`,
      query,
      headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    },
    bodies: brokenBodies(document, oddXml(document)),
  });
  const content = 'content';
  return [
    ...json,
    {
      request: {
        service: 'autoscaling',
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
      bodies: brokenBodies(
        'Action=SetDesiredCapacity&AutoScalingGroupName=group&DesiredCapacity=0',
        formBodies,
      ),
    },
    xml({ delete: '' }, DELETE),
    xml({ uploadId: 'none' }, COMPLETE),
    {
      request: {
        service: 's3',
        method: 'PUT',
        path: `/${bucket}/fuzz/chunks`,
        headers: {
          'content-encoding': 'aws-chunked',
          'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
          'x-amz-decoded-content-length': String(content.length),
          'x-amz-trailer': 'x-amz-checksum-crc32',
        },
      },
      bodies: brokenBodies(
        `${content.length.toString(16)}\r\n${content}\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n`,
        oddChunks(content),
      ),
    },
  ];
}

export const bodyInputs = (target: Target): fc.Arbitrary<Input> =>
  fc.oneof(
    ...kinds(target).map(({ request, bodies }) =>
      bodies.map(({ what, body }) => ({
        what: `${request.service} ${request.headers?.['x-amz-target'] ?? JSON.stringify(request.query ?? {})} with ${what}`,
        run: async (at: Target) => {
          const outcome = await send(at, { ...request, body });
          return outcome ? [outcome] : [];
        },
      })),
    ),
  );
