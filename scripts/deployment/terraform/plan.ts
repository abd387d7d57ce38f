/** The changes of a Terraform plan. https://developer.hashicorp.com/terraform/internals/json-format */

export type Action = 'no-op' | 'create' | 'read' | 'update' | 'delete' | 'forget';

export interface Change {
  /** `aws_s3_bucket.data` */
  address: string;
  type: string;
  /** Two for a replacement: `['delete', 'create']`, or the other way round. */
  actions: Action[];
  /** Attributes before the change; empty for what is created. */
  before: Record<string, unknown>;
  /** Attributes after the change, as far as they are known; empty for what is deleted. */
  after: Record<string, unknown>;
}

interface PlanFile {
  resource_changes?: {
    address: string;
    mode: 'managed' | 'data';
    type: string;
    change: { actions: Action[]; before: Change['before'] | null; after: Change['after'] | null };
  }[];
}

/** The resources that change. `json`: the output of `terraform show -json`. */
export function changesOf(json: string): Change[] {
  const { resource_changes = [] } = JSON.parse(json) as PlanFile;
  return resource_changes
    .filter(({ mode, change }) => mode === 'managed' && change.actions[0] !== 'no-op')
    .map(({ address, type, change: { actions, before, after } }) => ({
      address,
      type,
      actions,
      before: before ?? {},
      after: after ?? {},
    }));
}

function isReplaced({ actions }: Change): boolean {
  return actions.includes('delete') && actions.includes('create');
}

/** `33 to create, 1 to update, aws_ecs_task_definition.worker to replace` */
export function describeChanges(changes: Change[]): string {
  const of = (action: Action) =>
    changes.filter((change) => !isReplaced(change) && change.actions[0] === action);
  const names = (some: Change[]) => some.map(({ address }) => address).join(', ');
  const count = ({ length }: Change[], what: string) => (length > 0 ? `${length} to ${what}` : '');
  const replaced = changes.filter(isReplaced);
  const deleted = of('delete');
  const parts = [
    count(of('create'), 'create'),
    count(of('update'), 'update'),
    replaced.length > 0 ? `to replace: ${names(replaced)}` : '',
    deleted.length > 0 ? `to delete: ${names(deleted)}` : '',
  ].filter(Boolean);
  return parts.length > 0 ? parts.join('; ') : 'none';
}
