/** Links into the AWS console, whose host depends on the partition. */

const DOMAINS: [string, string][] = [
  ['cn-', 'console.amazonaws.cn'],
  ['eusc-', 'console.amazonaws-eusc.eu'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
];

/** Console of a region: https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html */
export function consoleUrl(region: string, path: string): string {
  const [, domain] = DOMAINS.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://${region}.${domain ?? 'console.aws.amazon.com'}/${path}`;
}

export function stateMachineConsoleUrl(region: string, stateMachineArn: string): string {
  return consoleUrl(region, `states/home?region=${region}#/statemachines/view/${stateMachineArn}`);
}

/** Where the console shows the execution: its graph, its events, its Map Run. */
export function executionConsoleUrl(region: string, executionArn: string): string {
  return consoleUrl(region, `states/home?region=${region}#/v2/executions/details/${executionArn}`);
}

export function dashboardConsoleUrl(region: string, dashboardName: string): string {
  return consoleUrl(region, `cloudwatch/home?region=${region}#dashboards/dashboard/${dashboardName}`);
}
