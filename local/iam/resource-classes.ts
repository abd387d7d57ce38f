/**
 * Objects by the million are a few cases to a policy: those that the same of its resource patterns match are decided
 * alike. A class names the patterns that match, so that decisions can be remembered by class.
 */
export class ResourceClasses {
  private readonly patterns: RegExp[];
  /** Resources are told apart one by one if some pattern depends on the request (`${aws:username}`). */
  private readonly exact: boolean;

  constructor(policies: unknown[]) {
    const patterns = new Set(policies.flatMap(resourcesOf));
    this.exact = [...patterns].some((pattern) => pattern.includes('${'));
    this.patterns = [...patterns].map(toRegExp);
  }

  of(resource: string): string {
    if (this.exact || !resource.startsWith('arn:')) return resource;
    // `arn:partition:service:region:account:type`, and the bucket for S3: what kind of resource it is.
    const kind = /^arn:[^:]*:[^:]*:[^:]*:[^:]*:[^:/]*/.exec(resource)?.[0] ?? resource;
    const depth = Math.min(2, resource.split('/').length);
    return `${kind} ${depth} ${this.patterns.map((pattern) => (pattern.test(resource) ? 1 : 0)).join('')}`;
  }
}

function resourcesOf(policy: unknown): string[] {
  const { Statement = [] } = policy as { Statement?: unknown };
  return [Statement].flat().flatMap((statement) => {
    const { Resource = [], NotResource = [] } = statement as Record<string, string | string[] | undefined>;
    return [Resource, NotResource].flat();
  });
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's');
}
