import { expect } from 'chai';
import { consoleUrl, dashboardConsoleUrl, stateMachineConsoleUrl } from '../../../stacks/core/console';

describe('links into the console', () => {
  it('go to the host of the partition', () => {
    expect(consoleUrl('eu-west-1', 'x')).to.equal('https://eu-west-1.console.aws.amazon.com/x');
    expect(consoleUrl('cn-north-1', 'x')).to.equal('https://cn-north-1.console.amazonaws.cn/x');
    expect(consoleUrl('eusc-de-east-1', 'x')).to.equal('https://eusc-de-east-1.console.amazonaws-eusc.eu/x');
    expect(consoleUrl('us-gov-west-1', 'x')).to.equal('https://us-gov-west-1.console.amazonaws-us-gov.com/x');
  });

  it('open the state machine and the dashboard in their region', () => {
    const arn = 'arn:aws:states:eu-west-1:123456789012:stateMachine:m';
    expect(stateMachineConsoleUrl('eu-west-1', arn)).to.equal(
      `https://eu-west-1.console.aws.amazon.com/states/home?region=eu-west-1#/statemachines/view/${arn}`,
    );
    expect(dashboardConsoleUrl('eu-west-1', 'd')).to.equal(
      'https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#dashboards/dashboard/d',
    );
  });
});
