package config_test

import (
	"fmt"

	"workcell/host/config"
)

func ExampleLoad() {
	environment := map[string]string{"PM_SERVER_PORT": "9000", "PM_RETRY_JITTER": "perhaps"}
	getenv := func(name string) (string, bool) { v, ok := environment[name]; return v, ok }

	loaded, err := config.Load("/no/such/directory", getenv, map[string]string{"handler.timeout_secs": "5"})
	fmt.Println(err)
	fmt.Println(loaded.Config.ServerPort, loaded.Origins["server.port"])
	fmt.Println(loaded.Config.HandlerTimeout, loaded.Origins["handler.timeout_secs"])
	// Output:
	// configuration cannot be used:
	//   retry.jitter = "perhaps" (environment PM_RETRY_JITTER): allowed is true or false (outside the file also 1, yes, on and 0, no, off); correct or unset PM_RETRY_JITTER
	// 9000 environment PM_SERVER_PORT
	// 5s flag
}
