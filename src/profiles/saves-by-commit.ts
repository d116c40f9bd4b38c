import type { CompanyProfile, MlProfile, StatisticalProfile } from './documents';
import type { CommitResult, ProfileStore, SymbolCommit } from './profile-store';

/** The three saves of a store, for the store to extend: each is a commit of that one document. */
export abstract class SavesByCommit implements Pick<ProfileStore, 'saveCompanyProfile' | 'saveMlProfile' | 'saveStatisticalProfile'> {
  /** See {@link ProfileStore.commit}. */
  abstract commit(update: SymbolCommit): Promise<CommitResult>;

  /** See {@link ProfileStore.saveCompanyProfile}. */
  async saveCompanyProfile(company: CompanyProfile): Promise<CommitResult> {
    return this.commit({ symbol: company.symbol, baseRevision: company.revision, company });
  }

  /** See {@link ProfileStore.saveMlProfile}. */
  async saveMlProfile(ml: MlProfile): Promise<CommitResult> {
    return this.commit({ symbol: ml.symbol, baseRevision: ml.revision, ml });
  }

  /** See {@link ProfileStore.saveStatisticalProfile}. */
  async saveStatisticalProfile(statistical: StatisticalProfile): Promise<CommitResult> {
    return this.commit({ symbol: statistical.symbol, baseRevision: statistical.revision, statistical });
  }
}
