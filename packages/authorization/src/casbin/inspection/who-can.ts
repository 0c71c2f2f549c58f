import { type Asker, askerNamed, createAsker } from './asker.js';
import { type MatchReport, reportDeciding } from './decision-report.js';
import type { InspectedPolicy } from './inspected-policy.js';

/** Who may do something, of all whom a policy names. */
export interface WhoCanReport {
  readonly does: string;
  readonly on: string | null;
  /** Absent where the model has no tenants of its own. */
  readonly tenant?: string | undefined;
  /** Whether everybody may who is authenticated, but for those in `except`. */
  readonly is_open: boolean;
  /** The rule by which they may. */
  readonly everybody: MatchReport | null;
  /** Names that may: roles, each asked about alone, and principals, without whatever their credential carries. */
  readonly may: readonly Named[];
  /** Names that may not, though everybody may. */
  readonly except: readonly Named[];
  /** Names of the policy that nobody can have. */
  readonly nobody: readonly string[];
}

export interface Named {
  readonly name: string;
  readonly kind: 'role' | 'principal';
  readonly decided_by: MatchReport | null;
}

export interface WhoCanQuestion {
  readonly permission: string;
  readonly id?: string | undefined;
  readonly tenant?: string | undefined;
}

export function whoCan(inspected: InspectedPolicy, { permission, id, tenant }: WhoCanQuestion): WhoCanReport {
  const { names } = inspected;
  const ask = (asker: Asker) => reportDeciding(inspected, { asker, permission, id });
  const stranger = ask(createAsker(inspected, { tenant }));
  const isOpen = stranger.effect === 'allow';
  const nobody: string[] = [];
  const others: Named[] = [];
  const note = (name: string, kind: Named['kind'], asker: Asker | undefined) => {
    if (asker === undefined) {
      nobody.push(name);
      return;
    }
    const { effect, decided_by } = ask(asker);
    if ((effect === 'allow') !== isOpen) others.push({ name, kind, decided_by });
  };
  for (const role of names.roles) note(role, 'role', createAsker(inspected, { roles: [role], tenant }));
  for (const name of names.principals) note(name, 'principal', askerNamed(inspected, name, tenant));
  return {
    ...{ does: permission, on: id ?? null },
    ...(names.asksTenant && { tenant: tenant ?? 'default' }),
    is_open: isOpen,
    everybody: isOpen ? stranger.decided_by : null,
    may: isOpen ? [] : others,
    except: isOpen ? others : [],
    nobody,
  };
}
