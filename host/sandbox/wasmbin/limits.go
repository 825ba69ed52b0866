package wasmbin

// Limits of what Decode accepts. Most are those that browsers agreed on (WebAssembly JavaScript Interface, "Implementation
// limits"), lowered where a guest has no use for as much. They bound what a hostile module can make its reader allocate:
// nothing is allocated for a count before the bytes that must stand behind it are known to be there.
const (
	MaxModuleBytes  = 64 << 20
	MaxTypes        = 100_000
	MaxParams       = 1_000 // of a function type
	MaxResults      = 1_000 // of a function type
	MaxImports      = 10_000
	MaxFunctions    = 200_000 // defined ones
	MaxTables       = 1_000
	MaxTableEntries = 10_000_000 // at the start
	MaxMemories     = 1
	MaxMemoryPages  = 1 << 16 // of 64 KiB
	MaxGlobals      = 100_000
	MaxExports      = 100_000
	MaxElems        = 100_000
	MaxElemEntries  = 10_000_000 // of one segment
	MaxDatas        = 200_000
	MaxCustoms      = 1_000
	MaxNameBytes    = 100_000
	MaxBodyBytes    = 7_654_321
	MaxLocals       = 50_000  // of a function, its parameters included
	MaxNesting      = 100_000 // blocks in one another; the Go compiler nests one for each basic block of a function
)
