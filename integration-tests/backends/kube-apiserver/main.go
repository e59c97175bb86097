// The kube-apiserver, of the modules that its makers publish. The module k8s.io/kubernetes replaces those that it is developed
// with by folders, which are not part of it; go.mod names their published versions instead.
package main

import (
	"os"
	_ "time/tzdata"

	"k8s.io/component-base/cli"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
)

func main() { os.Exit(cli.Run(app.NewAPIServerCommand())) }
