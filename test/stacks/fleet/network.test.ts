import { expect } from 'chai';
import { type Applied, apply, attributesOf } from '../synthesize';

describe('the network', () => {
  let stack: Applied;
  before(() => {
    stack = apply({ BATCH_INSTANCE_TYPES: 'm5.large,m6i.large' });
  });

  it('places workers in default subnets, which are public, of zones that have their instance types', () => {
    const vpc = attributesOf(stack, 'aws_vpc.default');
    expect(vpc.default).to.equal(true);
    const offerings = attributesOf(stack, 'aws_ec2_instance_type_offerings.workers');
    expect(offerings).to.deep.include({
      location_type: 'availability-zone',
      filter: [{ name: 'instance-type', values: ['m5.large', 'm6i.large'] }],
    });
    const subnets = attributesOf(stack, 'aws_subnets.default');
    expect(subnets.filter).to.deep.equal([
      { name: 'vpc-id', values: [vpc.id] },
      { name: 'default-for-az', values: ['true'] },
      { name: 'availability-zone', values: offerings.locations },
    ]);
    expect(attributesOf(stack, 'aws_autoscaling_group.workers').vpc_zone_identifier).to.deep.equal(
      subnets.ids,
    );
  });

  it('lets workers reach AWS over HTTPS, and allows no incoming connection', () => {
    const group = attributesOf(stack, 'aws_security_group.workers');
    expect(group.vpc_id).to.equal(attributesOf(stack, 'aws_vpc.default').id);
    expect(group).not.to.have.any.keys('ingress', 'egress');
    const rules = Object.keys(stack.resources).filter((address) => /security_group_\w*rule/.test(address));
    expect(rules).to.deep.equal(['aws_vpc_security_group_egress_rule.workers_https']);
    expect(attributesOf(stack, 'aws_vpc_security_group_egress_rule.workers_https')).to.include({
      security_group_id: group.id,
      ip_protocol: 'tcp',
      from_port: 443,
      to_port: 443,
      cidr_ipv4: '0.0.0.0/0',
    });
    const [card] = attributesOf(stack, 'aws_launch_template.workers').network_interfaces;
    expect(card.security_groups).to.deep.equal([group.id]);
    expect(card.associate_public_ip_address).to.equal('true');
  });

  it('is a VPC of the user, in which only the security group is made', () => {
    const own = { BATCH_VPC_ID: 'vpc-0a1b2c3d', BATCH_SUBNET_IDS: 'subnet-0a1b2c3d,subnet-4e5f6071' };
    const placed = apply(own);
    const subnetIds = ['subnet-0a1b2c3d', 'subnet-4e5f6071'];
    expect(attributesOf(placed, 'aws_autoscaling_group.workers').vpc_zone_identifier).to.deep.equal(
      subnetIds,
    );
    expect(attributesOf(placed, 'aws_security_group.workers').vpc_id).to.equal('vpc-0a1b2c3d');
    expect(Object.keys(placed.data).filter((address) => /vpc|subnets|offerings/.test(address))).to.deep.equal(
      [],
    );
  });

  it('uses security groups of the user, and gives no public address if a setting says so', () => {
    const placed = apply({
      BATCH_VPC_ID: 'vpc-0a1b2c3d',
      BATCH_SUBNET_IDS: 'subnet-0a1b2c3d',
      BATCH_SECURITY_GROUP_IDS: 'sg-0a1b2c3d',
      BATCH_ASSIGN_PUBLIC_IP: 'false',
    });
    expect(Object.keys(placed.resources).filter((address) => /security_group/.test(address))).to.deep.equal(
      [],
    );
    const [card] = attributesOf(placed, 'aws_launch_template.workers').network_interfaces;
    expect(card).to.deep.include({ security_groups: ['sg-0a1b2c3d'], associate_public_ip_address: 'false' });
  });
});
