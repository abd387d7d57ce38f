/** Reads one synthesized stack and gives every resource with its references resolved, as after an apply. */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { LocalCloudError } from '../errors';
import { type AccountAndRegion, computedAttributes } from './attributes';
import { DATA_SOURCES } from './data-sources';
import { evaluateTemplate, type Scope, type Value } from './expressions';

/** A resource as in the state after an apply: its arguments and the attributes that AWS computes. */
export interface Resource {
  /** `aws_ecs_cluster.workers` */
  address: string;
  attributes: Attributes;
}

// biome-ignore lint/suspicious/noExplicitAny: attributes have as many shapes as the provider has resources.
export type Attributes = Record<string, any>;

interface Document {
  provider?: { aws?: { region?: string; default_tags?: { tags?: Record<string, string> }[] }[] };
  resource?: Record<string, Record<string, Record<string, Value>>>;
  data?: Record<string, Record<string, Record<string, Value>>>;
  output?: Record<string, { value: Value }>;
}

/** The account of the local cloud: no account of AWS has this number. */
const ACCOUNT = '000000000000';
/** By what the names of their regions start with: https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html */
const PARTITIONS: [string, string][] = [
  ['cn-', 'aws-cn'],
  ['eusc-', 'aws-eusc'],
  ['us-gov-', 'aws-us-gov'],
  ['us-iso-', 'aws-iso'],
  ['us-isob-', 'aws-iso-b'],
  ['eu-isoe-', 'aws-iso-e'],
  ['us-isof-', 'aws-iso-f'],
];
/** Arguments to Terraform itself, not to the resource. */
const META_ARGUMENTS = ['//', 'lifecycle', 'depends_on', 'provider', 'provisioner', 'connection'];

export class Stack {
  readonly accountAndRegion: AccountAndRegion;
  private readonly resolved = new Map<string, Attributes>();
  private readonly resolving: string[] = [];

  /** `folder` is the stack's folder in cdktf.out; throws a LocalCloudError if no stack is there. */
  constructor(
    readonly folder: string,
    private readonly document: Document = readDocument(folder),
  ) {
    const region = document.provider?.aws?.[0]?.region;
    if (!region) throw new LocalCloudError(`The stack in ${folder} names no region for the AWS provider.`);
    const [, partition = 'aws'] = PARTITIONS.find(([prefix]) => region.startsWith(prefix)) ?? [];
    this.accountAndRegion = { account: ACCOUNT, region, partition };
    for (const [type, resources] of Object.entries(document.resource ?? {})) {
      if (computedAttributes(type)) continue;
      throw new LocalCloudError(
        `The local cloud does not know the resource type ${type} (${type}.${Object.keys(resources)[0]}).`,
      );
    }
  }

  /** Every resource of the type, in the document's order. */
  resources(type: string): Resource[] {
    return Object.keys(this.document.resource?.[type] ?? {}).map((name) => ({
      address: `${type}.${name}`,
      attributes: this.attributes(['resource', type, name]),
    }));
  }

  /** Every data source of the type. */
  data(type: string): Resource[] {
    return Object.keys(this.document.data?.[type] ?? {}).map((name) => ({
      address: `data.${type}.${name}`,
      attributes: this.attributes(['data', type, name]),
    }));
  }

  /** Tags that the provider gives to every resource. */
  get defaultTags(): Record<string, string> {
    return this.document.provider?.aws?.[0]?.default_tags?.[0]?.tags ?? {};
  }

  outputs(): Record<string, unknown> {
    const outputs = Object.entries(this.document.output ?? {});
    return Object.fromEntries(outputs.map(([name, { value }]) => [name, this.evaluate(value)]));
  }

  /** A path of the synthesized stack: relative to its folder, as for Terraform. */
  path(path: string): string {
    return resolve(this.folder, path.replace('${path.module}', '.'));
  }

  private attributes([section, type, name]: ['resource' | 'data', string, string]): Attributes {
    const address = section === 'data' ? `data.${type}.${name}` : `${type}.${name}`;
    const known = this.resolved.get(address);
    if (known) return known;
    const raw = this.document[section]?.[type]?.[name];
    if (!raw) throw new LocalCloudError(`The stack refers to ${address}, which is not in it.`);
    if (this.resolving.includes(address)) {
      throw new LocalCloudError(
        `The stack's resources refer to each other in a circle: ${this.resolving.join(', ')}.`,
      );
    }
    this.resolving.push(address);
    const body = this.evaluate(
      Object.fromEntries(Object.entries(raw).filter(([key]) => !META_ARGUMENTS.includes(key))),
    ) as Record<string, Value>;
    this.resolving.pop();
    const compute = section === 'data' ? DATA_SOURCES[type] : computedAttributes(type);
    if (!compute)
      throw new LocalCloudError(`The local cloud does not know the data source ${type} (${address}).`);
    const attributes = { ...body, ...compute(body, this.accountAndRegion, address) };
    this.resolved.set(address, attributes);
    return attributes;
  }

  private evaluate(value: Value): Value {
    if (typeof value === 'string') return evaluateTemplate(value, this.scope);
    if (Array.isArray(value)) return value.map((item) => this.evaluate(item));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.evaluate(item)]));
  }

  private readonly scope: Scope = (path) => {
    const [first = '', second = '', third = ''] = path;
    if (first === 'data') return { value: this.attributes(['data', second, third]), used: 3 };
    return { value: this.attributes(['resource', first, second]), used: 2 };
  };
}

function readDocument(folder: string): Document {
  const file = join(folder, 'cdk.tf.json');
  if (!existsSync(file)) {
    throw new LocalCloudError(`There is no synthesized stack in ${folder}: run npx cdktf synth first.`);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}
