import type { Statement } from './document';

/** A role as the stack describes it. */
export interface Role {
  name: string;
  arn: string;
  /** Who may assume it. */
  trust: Statement[];
  /** Of inline and customer-managed policies. Policies that AWS owns and keeps are not known here. */
  policies: Statement[];
}

export interface TemporaryCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}
