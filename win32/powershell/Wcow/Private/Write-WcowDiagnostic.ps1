# SPDX-License-Identifier: MIT
# Passes on a line of wcow's standard error: returns 1 for a failure of wcow's, else 0.
function Write-WcowDiagnostic {
    param([AllowEmptyString()] [string] $Line, [System.Management.Automation.PSCmdlet] $Cmdlet, $Target, [switch] $Program)

    if ($Line -match '^\{"(error|warning)":') {
        $said = $Line | ConvertFrom-Json
        if ($Matches[1] -eq 'warning') {
            $Cmdlet.WriteWarning($said.warning)
            return 0
        }
        $Cmdlet.WriteError((ConvertTo-WcowErrorRecord -Failure $said -Target $Target))
        return 1
    }
    if ($Line -match '^WARNING: (.*)') {
        $Cmdlet.WriteWarning($Matches[1])
    } elseif ($Program) {
        # As PowerShell does for programs that it runs itself.
        $problem = New-Object System.Management.Automation.RemoteException $Line
        $Cmdlet.WriteError((New-Object System.Management.Automation.ErrorRecord $problem, 'NativeCommandError', 'FromStdErr', $Target))
    } elseif ($Line) {
        $Cmdlet.WriteVerbose($Line)
    }
    return 0
}
