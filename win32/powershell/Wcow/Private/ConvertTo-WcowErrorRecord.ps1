# SPDX-License-Identifier: MIT
# An error record of what "wcow --errors json" says of a failure: {error, status, hresult, hint, events}.
$script:Categories = @{
    'invalid' = 'InvalidArgument'
    'not found' = 'ObjectNotFound'
    'already exists' = 'ResourceExists'
    'conflict' = 'InvalidOperation'
    'denied' = 'PermissionDenied'
    'unavailable' = 'ResourceUnavailable'
    'timed out' = 'OperationTimeout'
    'out of memory' = 'LimitsExceeded'
    'unsupported' = 'NotImplemented'
    'corrupt' = 'InvalidData'
    'command not found' = 'ObjectNotFound'
    'command not runnable' = 'InvalidOperation'
    'stopped' = 'OperationStopped'
    'cancelled' = 'OperationStopped'
}

function ConvertTo-WcowErrorRecord {
    param([Parameter(Mandatory = $true)] $Failure, $Target)

    $hresult = 0
    if ($Failure.hresult) {
        $hresult = [Convert]::ToInt32($Failure.hresult.Substring(2), 16)
    }
    # This kind of exception takes an HRESULT from whoever makes it, in 5.1, too.
    $problem = New-Object System.Runtime.InteropServices.ExternalException ([string] $Failure.error), $hresult
    $problem.Data['Status'] = $Failure.status
    $problem.Data['Events'] = $Failure.events
    $category = $script:Categories[$Failure.status]
    if (-not $category) {
        $category = 'NotSpecified'
    }
    # "not found" -> "Wcow.NotFound": a name that scripts can compare with.
    $id = 'Wcow.' + ((Get-Culture).TextInfo.ToTitleCase($Failure.status) -replace ' ', '')
    $record = New-Object System.Management.Automation.ErrorRecord $problem, $id, $category, $Target
    if ($Failure.hint) {
        $record.ErrorDetails = New-Object System.Management.Automation.ErrorDetails $Failure.error
        $record.ErrorDetails.RecommendedAction = $Failure.hint
    }
    $record
}
