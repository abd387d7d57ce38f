/** Links into the AWS console, whose host depends on the partition. */

/** Console of a region: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
export function consoleUrl(region: string, path: string): string {
  const domain = region.startsWith('cn-')
    ? 'console.amazonaws.cn'
    : region.startsWith('us-gov-')
      ? 'console.amazonaws-us-gov.com'
      : 'console.aws.amazon.com';
  return `https://${region}.${domain}/${path}`;
}

export function stateMachineConsoleUrl(region: string, stateMachineArn: string): string {
  return consoleUrl(region, `states/home?region=${region}#/statemachines/view/${stateMachineArn}`);
}

export function dashboardConsoleUrl(region: string, dashboardName: string): string {
  return consoleUrl(region, `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`);
}
