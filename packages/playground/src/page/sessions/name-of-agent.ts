// Browsers name each other in this header: the one that names the most comes first.
const browsers = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/\b(?:Headless)?Chrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
] as const;

const systems = [
  [/\biPhone|\biPad/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b/, 'macOS'],
  [/\bLinux\b/, 'Linux'],
] as const;

/** `Firefox on Linux`, or what a program calls itself (`curl/8.5`): for people, and to decide nothing by. */
export function nameOfAgent(userAgent: string | null): string {
  if (userAgent === null || userAgent === '') return 'An unknown program';
  const find = (names: typeof browsers | typeof systems) => names.find(([pattern]) => pattern.test(userAgent))?.[1];
  const browser = find(browsers);
  if (browser === undefined) return userAgent.split(' ')[0] ?? userAgent;
  const system = find(systems);
  return system === undefined ? browser : `${browser} on ${system}`;
}
