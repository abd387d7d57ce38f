/** An event that a service sends to EventBridge's default bus. */
export interface PublishedEvent {
  /** `aws.states` */
  source: string;
  'detail-type': string;
  /** ARNs. */
  resources: string[];
  detail: Record<string, unknown>;
}
