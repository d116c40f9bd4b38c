import { invalidOption } from '../options/checks';
import { copyPlain, DOCUMENT } from '../options/plain-value';
import type { CompanyProfile, MlProfile, ProfileType, StatisticalProfile } from '../profiles/documents';
import { described } from '../text';
import type { CommitResult, ProfileStore, SymbolCommit } from './contract';

/** The three saves of a store, for the store to extend: each is a commit of that one document. */
export abstract class SavesByCommit implements Pick<ProfileStore, 'saveCompanyProfile' | 'saveMlProfile' | 'saveStatisticalProfile'> {
  /** See {@link ProfileStore.commit}. */
  abstract commit(update: SymbolCommit): Promise<CommitResult>;

  /** See {@link ProfileStore.saveCompanyProfile}. */
  async saveCompanyProfile(company: CompanyProfile): Promise<CommitResult> {
    return this.commit({ ...placeOf(company, 'company'), company });
  }

  /** See {@link ProfileStore.saveMlProfile}. */
  async saveMlProfile(ml: MlProfile): Promise<CommitResult> {
    return this.commit({ ...placeOf(ml, 'ml'), ml });
  }

  /** See {@link ProfileStore.saveStatisticalProfile}. */
  async saveStatisticalProfile(statistical: StatisticalProfile): Promise<CommitResult> {
    return this.commit({ ...placeOf(statistical, 'statistical'), statistical });
  }
}

function placeOf(
  profile: CompanyProfile | MlProfile | StatisticalProfile,
  type: ProfileType,
): Pick<SymbolCommit, 'symbol' | 'baseRevision'> {
  const given: unknown = profile;
  if (typeof given !== 'object' || given === null) throw invalidOption(`${type} profile must be a document, not ${described(given)}`);
  const { symbol, revision } = copyPlain(profile, type, DOCUMENT);
  return { symbol, baseRevision: revision };
}
