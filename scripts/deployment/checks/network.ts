/** Checks that instances can be launched where the stack puts them, and that workers reach AWS from there. */
import {
  type _InstanceType,
  DescribeInstanceTypeOfferingsCommand,
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  DescribeVpcsCommand,
  EC2Client,
  EC2ServiceException,
  type IpPermission,
  type Route,
  type RouteTable,
  type SecurityGroup,
  type Subnet,
  type VpcEndpoint,
} from '@aws-sdk/client-ec2';
import type { Config } from '../../../stacks/settings/complete-config';
import { secretServices } from '../../../stacks/settings/secrets';
import { UsageError } from '../../cli/usage-error';
import { awsConfig } from '../account/aws';

/**
 * The services that an instance and its worker call. S3 also holds the layers of images.
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
 * https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
 */
export const ENDPOINT_SERVICES = [
  'ecs',
  'ecs-agent',
  'ecs-telemetry',
  'ecr.api',
  'ecr.dkr',
  'logs',
  'states',
  's3',
];

/** A VPC, the subnets and security groups that workers get in it, and its ways out. */
export interface Network {
  vpcId: string;
  subnets: Subnet[];
  securityGroups: SecurityGroup[];
  routeTables: RouteTable[];
  endpoints: VpcEndpoint[];
}

/** Throws a UsageError with a line for everything that is wrong. */
export async function checkNetwork(config: Config): Promise<void> {
  const ec2 = new EC2Client(awsConfig(config.region));
  try {
    const zones = await zonesOf(ec2, config.instanceTypes);
    const missing = config.instanceTypes.filter((type) => !zones.has(type));
    if (missing.length > 0) {
      throw new UsageError(
        `${config.region} does not offer the instance type ${missing.join(', ')}: correct --instance-type, or choose another region. \`aws ec2 describe-instance-type-offerings --region ${config.region}\` lists all.`,
      );
    }
    const { vpcId, subnetIds, assignPublicIp } = config;
    const place = vpcId && subnetIds ? { vpcId, subnetIds } : await findDefault(ec2, config, zones);
    // AWS makes the default subnets public: https://docs.aws.amazon.com/vpc/latest/userguide/default-vpc.html
    if (!vpcId && assignPublicIp) return;
    const problems = networkProblems(await readNetwork(ec2, config, place), config, zones);
    if (problems.length > 0) throw new UsageError(...problems);
  } finally {
    ec2.destroy();
  }
}

/** The availability zones that offer each type; a type that none offers is not among them. */
async function zonesOf(ec2: EC2Client, instanceTypes: string[]): Promise<Map<string, string[]>> {
  const zones = new Map<string, string[]>();
  let NextToken: string | undefined;
  do {
    const answer = await ec2.send(
      new DescribeInstanceTypeOfferingsCommand({
        LocationType: 'availability-zone',
        Filters: [{ Name: 'instance-type', Values: instanceTypes }],
        NextToken,
      }),
    );
    for (const { InstanceType = '' as _InstanceType, Location = '' } of answer.InstanceTypeOfferings ?? []) {
      zones.set(InstanceType, [...(zones.get(InstanceType) ?? []), Location]);
    }
    NextToken = answer.NextToken;
  } while (NextToken);
  return zones;
}

async function readNetwork(
  ec2: EC2Client,
  config: Config,
  { vpcId, subnetIds }: { vpcId: string; subnetIds: string[] },
): Promise<Network> {
  const inVpc = [{ Name: 'vpc-id', Values: [vpcId] }];
  const GroupIds = config.securityGroupIds;
  try {
    const [subnets, securityGroups, routeTables, endpoints] = await Promise.all([
      ec2.send(new DescribeSubnetsCommand({ SubnetIds: subnetIds })),
      GroupIds ? ec2.send(new DescribeSecurityGroupsCommand({ GroupIds })) : { SecurityGroups: [] },
      ec2.send(new DescribeRouteTablesCommand({ Filters: inVpc })),
      ec2.send(new DescribeVpcEndpointsCommand({ Filters: inVpc })),
    ]);
    return {
      vpcId,
      subnets: subnets.Subnets ?? [],
      securityGroups: securityGroups.SecurityGroups ?? [],
      routeTables: routeTables.RouteTables ?? [],
      endpoints: endpoints.VpcEndpoints ?? [],
    };
  } catch (error) {
    if (!(error instanceof EC2ServiceException) || !/^Invalid.*NotFound$/.test(error.name)) throw error;
    throw new UsageError(`${error.message}: correct subnetIds and securityGroupIds.`);
  }
}

/** As the stack finds them: the default VPC, and its default subnets in zones that offer an instance type. */
async function findDefault(
  ec2: EC2Client,
  { region, instanceTypes }: Config,
  zones: Map<string, string[]>,
): Promise<{ vpcId: string; subnetIds: string[] }> {
  const { Vpcs = [] } = await ec2.send(
    new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['true'] }] }),
  );
  const vpcId = Vpcs[0]?.VpcId;
  if (!vpcId) {
    throw new UsageError(
      `There is no default VPC in ${region}: make one (\`aws ec2 create-default-vpc --region ${region}\`), or set vpcId and subnetIds.`,
    );
  }
  const Filters = [
    { Name: 'vpc-id', Values: [vpcId] },
    { Name: 'default-for-az', Values: ['true'] },
  ];
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters }));
  const offered = [...new Set([...zones.values()].flat())];
  const subnets = Subnets.filter(({ AvailabilityZone = '' }) => offered.includes(AvailabilityZone));
  if (subnets.length === 0) {
    throw new UsageError(
      `The zones that offer ${instanceTypes.join(', ')} (${offered.join(', ')}) have no default subnet in ${vpcId}: make one (\`aws ec2 create-default-subnet --availability-zone ${offered[0]}\`), choose another --instance-type, or set vpcId and subnetIds.`,
    );
  }
  return { vpcId, subnetIds: subnets.map(({ SubnetId = '' }) => SubnetId) };
}

/** A line for each problem. */
export function networkProblems(
  { vpcId, subnets, securityGroups, routeTables, endpoints }: Network,
  config: Pick<Config, 'region' | 'assignPublicIp' | 'instanceTypes' | 'secrets'>,
  zones: Map<string, string[]>,
): string[] {
  const { region, assignPublicIp, instanceTypes } = config;
  const needed = [...ENDPOINT_SERVICES, ...secretServices(config)];
  const offered = new Set([...zones.values()].flat());
  const problems: string[] = [];
  const missing = new Map<string, string[]>();
  for (const { SubnetId = '', VpcId, AvailabilityZone = '' } of subnets) {
    if (VpcId !== vpcId) {
      problems.push(`${SubnetId} is in ${VpcId}, not in ${vpcId}: correct subnetIds or vpcId.`);
      continue;
    }
    if (!offered.has(AvailabilityZone)) {
      problems.push(
        `${SubnetId} is in ${AvailabilityZone}, which offers none of ${instanceTypes.join(', ')}: leave it out of subnetIds, or choose another --instance-type.`,
      );
    }
    const table = routeTableOf(SubnetId, routeTables);
    const route = table?.Routes?.find(isDefault);
    const isPublic = route?.GatewayId?.startsWith('igw-') ?? false;
    if (assignPublicIp && !isPublic) {
      problems.push(
        `${SubnetId} has no route to an internet gateway, so public addresses do not lead out: set assignPublicIp to false (BATCH_ASSIGN_PUBLIC_IP=false).`,
      );
    } else if (!assignPublicIp && (!route || isPublic)) {
      const lacking = needed.filter(
        (service) => !endpoints.some((endpoint) => serves(endpoint, service, region, table)),
      );
      if (lacking.length > 0) missing.set(SubnetId, lacking);
    }
  }
  for (const [subnetId, services] of missing) {
    problems.push(
      `Workers in ${subnetId} cannot reach AWS: it has no NAT gateway, and ${vpcId} has no VPC endpoint for ${services.join(', ')}. See docs/deploying.md.`,
    );
  }
  for (const { GroupId, VpcId, IpPermissionsEgress = [] } of securityGroups) {
    if (VpcId !== vpcId) {
      problems.push(`${GroupId} is in ${VpcId}, not in ${vpcId}: correct securityGroupIds or vpcId.`);
    }
    if (securityGroups.length === 1 && !IpPermissionsEgress.some(allowsHttps)) {
      problems.push(`${GroupId} does not allow HTTPS out (TCP 443), by which workers reach AWS: allow it.`);
    }
  }
  return problems;
}

/** A subnet without a table of its own has the VPC's main one. */
function routeTableOf(subnetId: string, routeTables: RouteTable[]): RouteTable | undefined {
  const associated = (matches: (association: { SubnetId?: string; Main?: boolean }) => boolean) =>
    routeTables.find(({ Associations = [] }) => Associations.some(matches));
  return associated(({ SubnetId }) => SubnetId === subnetId) ?? associated(({ Main }) => Main === true);
}

function isDefault({ DestinationCidrBlock, State }: Route): boolean {
  return DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole';
}

function serves(
  { ServiceName = '', State, VpcEndpointType, PrivateDnsEnabled, RouteTableIds = [] }: VpcEndpoint,
  service: string,
  region: string,
  table: RouteTable | undefined,
): boolean {
  if (State?.toLowerCase() !== 'available' || !ServiceName.endsWith(`.${region}.${service}`)) return false;
  return VpcEndpointType === 'Gateway'
    ? RouteTableIds.includes(table?.RouteTableId ?? '')
    : PrivateDnsEnabled === true;
}

function allowsHttps({ IpProtocol, FromPort = 0, ToPort = 65_535 }: IpPermission): boolean {
  return IpProtocol === '-1' || (IpProtocol === 'tcp' && FromPort <= 443 && ToPort >= 443);
}
