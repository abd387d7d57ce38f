/** A role as the stack describes it. */
export interface Role {
  name: string;
  arn: string;
  /** Who may assume it: a policy document. */
  trust: unknown;
  /** Inline and customer-managed policies, parsed. Policies that AWS owns and keeps are not known here. */
  policies: { name: string; policy: unknown }[];
}

export interface TemporaryCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}
