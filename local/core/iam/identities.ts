/** Issues credentials: long-term ones for the user, temporary ones for each session of a role. */
import { randomBytes } from 'node:crypto';
import type { Identities, Identity } from '../gateway';
import { ServiceError } from '../service';
import type { Role } from './document';
import type { StackPolicies } from './policies';

export interface TemporaryCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  expiration: Date;
}

export interface IdentitiesOptions {
  account: string;
  partition: string;
  /** By name. */
  roles: ReadonlyMap<string, Role>;
  policies: StackPolicies;
  /** How long temporary credentials last. Default 3600, as a role session's. */
  sessionSeconds?: number;
}

/** A service that assumes a role, and for what. */
export interface Assumer {
  /** `ecs-tasks.amazonaws.com` */
  service: string;
  /** ARN of the resource that the service acts for: what a trust policy calls aws:SourceArn. */
  sourceArn: string;
  session: string;
}

/** Issued again this long before they expire, so that nobody is handed credentials about to end. */
const REFRESH_MILLISECONDS = 5 * 60 * 1000;

export class StackIdentities implements Identities {
  /** May do everything: the account's owner. */
  readonly user: Identity;
  private readonly issued = new Map<string, Identity>();
  private readonly sessions = new Map<string, Promise<TemporaryCredentials>>();

  constructor(private readonly options: IdentitiesOptions) {
    const accessKeyId = newKeyId('AKIA');
    const arn = `arn:${options.partition}:iam::${options.account}:user/local`;
    this.user = { caller: { accessKeyId, arn }, secretAccessKey: newSecret() };
    this.issued.set(accessKeyId, this.user);
  }

  find(accessKeyId: string): Identity | undefined {
    return this.issued.get(accessKeyId);
  }

  /**
   * Credentials of the role for a service that runs something as this role; the role's trust policy must let it.
   * One session keeps its credentials until shortly before they expire. Rejects with AccessDenied.
   */
  async credentialsFor(roleArn: string, assumer: Assumer): Promise<TemporaryCredentials> {
    const key = `${roleArn} ${assumer.service} ${assumer.session}`;
    const current = this.sessions.get(key);
    const credentials = current && (await current);
    if (credentials && credentials.expiration.getTime() - Date.now() > this.refreshMilliseconds)
      return credentials;
    // Two who ask at once get the same: the promise is kept before it settles.
    if (this.sessions.get(key) === current) this.sessions.set(key, this.assume(roleArn, assumer));
    return (await this.sessions.get(key)) as TemporaryCredentials;
  }

  /** The session is over: its credentials are not needed any more. */
  endSession(roleArn: string, { service, session }: Assumer): void {
    this.sessions.delete(`${roleArn} ${service} ${session}`);
  }

  private issue(role: Role, session: string): TemporaryCredentials {
    const now = Date.now();
    for (const [key, { expiration }] of this.issued) {
      // Kept for a while after they end: their owner is told that they expired, not that they never were.
      if (expiration && expiration.getTime() < now - 3_600_000) this.issued.delete(key);
    }
    const credentials: TemporaryCredentials = {
      accessKeyId: newKeyId('ASIA'),
      secretAccessKey: newSecret(),
      sessionToken: randomBytes(48).toString('base64'),
      expiration: new Date(now + (this.options.sessionSeconds ?? 3600) * 1000),
    };
    const arn = `arn:${this.options.partition}:sts::${this.options.account}:assumed-role/${role.name}/${session}`;
    const { accessKeyId, ...rest } = credentials;
    this.issued.set(accessKeyId, { caller: { accessKeyId, arn, roleName: role.name }, ...rest });
    return credentials;
  }

  /** Credentials are renewed this long before they expire. */
  get refreshMilliseconds(): number {
    return Math.min(REFRESH_MILLISECONDS, (this.options.sessionSeconds ?? 3600) * 100);
  }

  private async assume(
    roleArn: string,
    { service, sourceArn, session }: Assumer,
  ): Promise<TemporaryCredentials> {
    const role = this.options.roles.get(roleArn.split('/').at(-1) ?? '');
    if (!role) throw new ServiceError('NoSuchEntity', `The role ${roleArn} cannot be found.`, 404);
    const denial = this.options.policies.assumeRoleDenial(role, service, sourceArn);
    if (denial) throw new ServiceError('AccessDenied', denial, 403);
    return this.issue(role, session);
  }
}

function newKeyId(prefix: 'AKIA' | 'ASIA'): string {
  return prefix + randomBytes(8).toString('hex').toUpperCase();
}

function newSecret(): string {
  return randomBytes(30).toString('base64');
}
