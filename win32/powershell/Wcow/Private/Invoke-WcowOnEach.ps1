# SPDX-License-Identifier: MIT
# What most cmdlets are: the same command for each thing that was named, after asking.
function Invoke-WcowOnEach {
    param(
        [System.Management.Automation.PSCmdlet] $Cmdlet,
        [System.Collections.IDictionary] $Bound, # the cmdlet's own parameters: options, by Commands.psd1
        [string] $Kind, # whose names these are, see Resolve-WcowName
        [string[]] $Name,
        [string] $Action, # for -WhatIf and -Confirm
        [string[]] $After = @(), # arguments behind the name
        [switch] $PassThru # the thing itself comes out, as it is afterwards
    )

    $argument = @(ConvertTo-WcowArgument -Name $Cmdlet.MyInvocation.MyCommand.Name -Bound $Bound)
    foreach ($each in Resolve-WcowName -Kind $Kind -Name $Name -Cmdlet $Cmdlet) {
        if (-not $Cmdlet.ShouldProcess($each, $Action)) {
            continue
        }
        Invoke-WcowTool -Argument ($argument + $each + $After) -Cmdlet $Cmdlet -Target $each |
            ForEach-Object { $Cmdlet.WriteVerbose($_) }
        if ($PassThru -and -not $script:ExitCode) {
            & "Get-Wcow$Kind" $each
        }
    }
}
