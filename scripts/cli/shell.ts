/** Words and variables as the user's shell reads them. */

/** As a word of a POSIX shell. */
export function quote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** How the AWS CLI shows an answer, not whom it asks. */
const DISPLAY = /^AWS_(PAGER|DEFAULT_OUTPUT|CLI_.*)$/;

/**
 * The lines that give a shell these AWS variables and no other ones: a profile, a session token or an endpoint of a service
 * that stands in the user's environment would win over them. A proxy is not asked for the `host`.
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
