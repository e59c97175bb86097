// Program dashboard checks Grafana dashboards against Grafana's schema, as Grafana's own library for Go has it.
//
//	dashboard FILE...
//
// It prints what is wrong, one line for each place, and fails then.
package main

import (
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

func check(file string) error {
	raw, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var d dashboard.Dashboard
	if err := d.UnmarshalJSONStrict(raw); err != nil { // unknown, missing and ill-typed fields
		return err
	}
	return d.Validate()
}

func main() {
	plugins.RegisterDefaultPlugins() // the options of panels and the queries of data sources
	failed := false
	for _, file := range os.Args[1:] {
		if err := check(file); err != nil {
			fmt.Printf("%s: %v\n", file, err)
			failed = true
		}
	}
	if failed || len(os.Args) < 2 {
		os.Exit(1)
	}
}
