/** Variables as the user's shell reads them. */
import { quote } from '../../runtime/shell-word';

/** Variables that change only how the AWS CLI shows an answer. */
const DISPLAY = /^AWS_(PAGER|DEFAULT_OUTPUT|CLI_.*)$/;

/**
 * The lines that give a shell these AWS variables and no others. A profile, a session token or an endpoint of a service in the
 * user's environment would override them. Requests to `host` go past a proxy.
 */
export function exportLines(
  variables: Record<string, string>,
  host: string,
  environment: NodeJS.ProcessEnv,
): string[] {
  const others = Object.keys(environment).filter(
    (name) => /^AWS_/.test(name) && !DISPLAY.test(name) && !(name in variables),
  );
  const direct = ['NO_PROXY', 'no_proxy'].map((name) => [
    name,
    [host, environment[name]].filter(Boolean).join(),
  ]);
  return [
    ...(others.length > 0 ? [`unset ${others.join(' ')}`] : []),
    ...[...Object.entries(variables), ...direct].map(
      ([name, value]) => `export ${name}=${quote(value ?? '')}`,
    ),
  ];
}
