/** ARNs as Step Functions forms them, and the rules for the names in them. */
import { ServiceError } from '../service';
import { validationError } from './errors';

/** Where the service runs; each is a part of every ARN. */
export interface Site {
  partition: string;
  region: string;
  account: string;
}

export type ResourceKind = 'stateMachine' | 'execution' | 'activity' | 'mapRun';

/** `arn:<partition>:states:<region>:<account>:<kind>:<name>[:<name>]`. */
export function arn(site: Site, kind: ResourceKind, ...names: string[]): string {
  return ['arn', site.partition, 'states', site.region, site.account, kind, ...names].join(':');
}

/** Throws InvalidArn unless the ARN is one of a resource of this kind. */
export function checkArn(value: string, kind: ResourceKind): void {
  const parts = value.split(':');
  if (parts[0] === 'arn' && parts[2] === 'states' && parts[5] === kind && parts[6]) return;
  throw new ServiceError(
    'InvalidArn',
    `Invalid Arn: '${value}' is not the ARN of a resource of type ${kind}`,
  );
}

// Source: API reference, StartExecution and CreateStateMachine, "A name must not contain".
// biome-ignore lint/suspicious/noControlCharactersInRegex: the rule names control characters.
const FORBIDDEN_IN_NAMES = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f\ud800-\udfff\ufffe\uffff]/;

/** Throws InvalidName unless the name of a state machine, execution or activity is one: 1 to 80 characters. */
export function checkName(name: string): void {
  if (name.length < 1 || name.length > 80) {
    throw validationError('name', name, 'Member must have length between 1 and 80');
  }
  if (FORBIDDEN_IN_NAMES.test(name)) throw new ServiceError('InvalidName', `Invalid Name: '${name}'`);
}
