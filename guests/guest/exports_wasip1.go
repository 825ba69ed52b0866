package guest

import "workcell/abi"

//go:wasmexport workcell_abi
func exportABI() int32 { return abi.Version }

//go:wasmexport workcell_describe
func exportDescribe() {
	imports{}.Output(abi.AppendManifest(nil, served.Manifest()))
}

//go:wasmexport workcell_handle
func exportHandle(route, length uint32) int32 {
	return served.handle(&Call{host: imports{length: length}, route: route})
}

//go:wasmexport workcell_warm
func exportWarm() {
	if served.Warm != nil {
		served.Warm()
	}
	for range 2 { // a scan, and one within it
		scanBuffers = append(scanBuffers, make([]byte, scanBuffer))
	}
	arena = make([]byte, arenaBytes)
}

//go:wasmexport workcell_selftest
func exportSelfTest() int32 {
	if served.SelfTest == nil {
		return 0
	}
	if err := served.SelfTest(); err != nil {
		imports{}.Log(abi.LogError, "self test: "+err.Error())
		return 1
	}
	return 0
}
