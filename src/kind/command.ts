/**
 * Stands in the state of stacks of before 0.2.0 as the program that deletes their kind clusters: `pulumi destroy` and
 * `pulumi up` of such a stack still run it.
 */
import "../mesh/kind/main";
