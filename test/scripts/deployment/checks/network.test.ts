import type { State, VpcEndpoint } from '@aws-sdk/client-ec2';
import { expect } from 'chai';
import {
  ENDPOINT_SERVICES,
  type Network,
  networkProblems,
} from '../../../../scripts/deployment/checks/network';

const VPC = 'vpc-0a1b2c3d';
const CONFIG = {
  region: 'eu-west-1',
  assignPublicIp: false,
  instanceTypes: ['m6i.large'] as [string],
  secrets: {},
};
const ZONES = new Map([['m6i.large', ['eu-west-1a', 'eu-west-1b']]]);

const route = (target: object) => ({
  DestinationCidrBlock: '0.0.0.0/0',
  State: 'active' as const,
  ...target,
});
const table = (...Routes: object[]) => ({
  RouteTableId: 'rtb-1',
  Associations: [{ SubnetId: 'subnet-a' }],
  Routes: [{ DestinationCidrBlock: '10.0.0.0/16', GatewayId: 'local' }, ...Routes],
});
const endpoint = (service: string): VpcEndpoint => ({
  ServiceName: `com.amazonaws.eu-west-1.${service}`,
  // EC2 answers in lower case, although the SDK's type says otherwise.
  State: 'available' as State,
  ...(service === 's3'
    ? { VpcEndpointType: 'Gateway' as const, RouteTableIds: ['rtb-1'] }
    : { VpcEndpointType: 'Interface' as const, PrivateDnsEnabled: true }),
});
const network = (parts: Partial<Network> = {}): Network => ({
  vpcId: VPC,
  subnets: [{ SubnetId: 'subnet-a', VpcId: VPC, AvailabilityZone: 'eu-west-1a' }],
  securityGroups: [],
  routeTables: [table()],
  endpoints: [],
  ...parts,
});
const problems = (parts: Partial<Network>, config: Partial<typeof CONFIG> = {}) =>
  networkProblems(network(parts), { ...CONFIG, ...config }, ZONES);

describe('the check of a network', () => {
  it('accepts public subnets with public addresses, private ones with a NAT gateway, or with every endpoint', () => {
    const igw = [table(route({ GatewayId: 'igw-1' }))];
    const nat = [table(route({ NatGatewayId: 'nat-1' }))];
    expect(problems({ routeTables: igw }, { assignPublicIp: true })).to.deep.equal([]);
    expect(problems({ routeTables: nat })).to.deep.equal([]);
    expect(problems({ endpoints: ENDPOINT_SERVICES.map(endpoint) })).to.deep.equal([]);
  });

  it('requires the endpoints of secrets in the region as well', () => {
    const secrets = {
      A: 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:a-AbC123:key::',
      B: 'arn:aws:ssm:us-east-1:123456789012:parameter/b',
    };
    const endpoints = ENDPOINT_SERVICES.map(endpoint);
    expect(problems({ endpoints }, { secrets })[0]).to.include('no VPC endpoint for secretsmanager. See');
    expect(problems({ endpoints: [...endpoints, endpoint('secretsmanager')] }, { secrets })).to.deep.equal(
      [],
    );
  });

  it('reads the main route table for a subnet without one of its own', () => {
    const main = {
      RouteTableId: 'rtb-0',
      Associations: [{ Main: true }],
      Routes: [route({ NatGatewayId: 'nat-1' })],
    };
    expect(problems({ routeTables: [main] })).to.deep.equal([]);
  });

  it('names the endpoints that a private subnet lacks, one by one', () => {
    for (const service of ENDPOINT_SERVICES) {
      const others = ENDPOINT_SERVICES.filter((each) => each !== service).map(endpoint);
      const [line = '', ...more] = problems({ endpoints: others });
      expect(line).to.match(/subnet-a cannot reach AWS/);
      expect(line).to.include(`no VPC endpoint for ${service}.`);
      expect(more).to.deep.equal([]);
    }
  });

  it('does not count an endpoint that is pending, of another route table, or without private DNS', () => {
    for (const change of [
      { State: 'pending' as State },
      { RouteTableIds: ['rtb-9'], PrivateDnsEnabled: false },
    ]) {
      const endpoints = ENDPOINT_SERVICES.map((service) => ({ ...endpoint(service), ...change }));
      expect(problems({ endpoints })[0]).to.include(ENDPOINT_SERVICES.join(', '));
    }
  });

  it('refuses public addresses without a route to an internet gateway, and such a route without public addresses', () => {
    expect(problems({}, { assignPublicIp: true })[0]).to.match(
      /no route to an internet gateway.*ASSIGN_PUBLIC_IP/,
    );
    expect(problems({ routeTables: [table(route({ GatewayId: 'igw-1' }))] })[0]).to.match(/cannot reach AWS/);
    const blackhole = [table(route({ NatGatewayId: 'nat-1', State: 'blackhole' }))];
    expect(problems({ routeTables: blackhole })[0]).to.match(/cannot reach AWS/);
  });

  it('refuses a subnet of another VPC, or in a zone without the instance type', () => {
    const subnet = { SubnetId: 'subnet-a', VpcId: 'vpc-9', AvailabilityZone: 'eu-west-1a' };
    expect(problems({ subnets: [subnet] })).to.deep.equal([
      `subnet-a is in vpc-9, not in ${VPC}: correct subnetIds or vpcId.`,
    ]);
    const routeTables = [table(route({ NatGatewayId: 'nat-1' }))];
    const elsewhere = [{ ...subnet, VpcId: VPC, AvailabilityZone: 'eu-west-1c' }];
    expect(problems({ subnets: elsewhere, routeTables })[0]).to.match(
      /eu-west-1c, which offers none of m6i\.large/,
    );
  });

  it('refuses a security group of another VPC, or that lets no HTTPS out', () => {
    const routeTables = [table(route({ NatGatewayId: 'nat-1' }))];
    const group = (VpcId: string, ...IpPermissionsEgress: object[]) => [
      { GroupId: 'sg-1', VpcId, IpPermissionsEgress },
    ];
    const all = { IpProtocol: '-1' };
    const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443 };
    const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80 };
    expect(problems({ routeTables, securityGroups: group(VPC, all) })).to.deep.equal([]);
    expect(problems({ routeTables, securityGroups: group(VPC, http, https) })).to.deep.equal([]);
    expect(problems({ routeTables, securityGroups: group('vpc-9', all) })[0]).to.match(/sg-1 is in vpc-9/);
    expect(problems({ routeTables, securityGroups: group(VPC, http) })[0]).to.match(
      /sg-1 does not allow HTTPS/,
    );
  });
});
