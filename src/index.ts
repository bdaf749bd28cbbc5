// The library: the same analysis as the CLI's, for programs.
export { type Analysis, type AnalyzeOptions, analyze } from './analyze.ts';
export { readCaseFile } from './capture/read-case-file.ts';
export { decodeProfile } from './decode/pprof/decode-profile.ts';
export { catalogue } from './diagnosis/catalogue.ts';
export type { Case } from './model/case.ts';
export type { ProfileTable } from './model/profile.ts';
export type { Report } from './report/report.ts';
export { openStore } from './store/open-store.ts';
export type { CaseWriter, StoreReader, StoreWriter } from './store/store.ts';
