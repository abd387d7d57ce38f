/** As EC2 knows it. */
export interface Instance {
  id: string;
  type: string;
}

export interface ContainerInstance {
  arn: string;
  status: 'ACTIVE' | 'DRAINING';
  instance: Instance;
  registeredAt: Date;
}
