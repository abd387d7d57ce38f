/** The dashboard to watch runs, and the alarms with whom they notify. */
import { CloudwatchDashboard } from '@cdktf/provider-aws/lib/cloudwatch-dashboard';
import type { SfnActivity } from '@cdktf/provider-aws/lib/sfn-activity';
import type { SfnStateMachine } from '@cdktf/provider-aws/lib/sfn-state-machine';
import { Construct } from 'constructs';
import { dashboardConsoleUrl } from '../core/console';
import type { Names } from '../core/names';
import type { Config } from '../settings/complete-config';
import { AlarmTopic } from './alarm-topic';
import { createAlarms } from './alarms';
import { dashboardBody } from './dashboard';
import { metricsOf } from './metrics';

export interface ObservabilityProps {
  names: Names;
  config: Config;
  activity: SfnActivity;
  stateMachine: SfnStateMachine;
}

export class Observability extends Construct {
  readonly dashboardUrl: string;

  constructor(scope: Construct, id: string, { names, config, activity, stateMachine }: ObservabilityProps) {
    super(scope, id);
    const metrics = metricsOf(names, stateMachine.arn, activity.id);
    const dashboard = new CloudwatchDashboard(this, 'dashboard', {
      dashboardName: names.dashboard,
      dashboardBody: JSON.stringify(dashboardBody(names.region, metrics)),
    });
    dashboard.overrideLogicalId('overview');
    this.dashboardUrl = dashboardConsoleUrl(names.region, names.dashboard);
    const topicArn = config.alarmEmail
      ? new AlarmTopic(this, 'alarm-topic', { names, email: config.alarmEmail }).arn
      : config.alarmTopicArn;
    createAlarms(this, names, config, metrics, topicArn);
  }
}
