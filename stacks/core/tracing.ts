/** X-Ray, for the roles that are traced. */
import type { Statement } from './service-role';

/** None of these actions takes a resource. */
export const X_RAY_STATEMENT: Statement = {
  Sid: 'Trace',
  Action: [
    'xray:PutTraceSegments',
    'xray:PutTelemetryRecords',
    'xray:GetSamplingRules',
    'xray:GetSamplingTargets',
  ],
  Resource: '*',
};
